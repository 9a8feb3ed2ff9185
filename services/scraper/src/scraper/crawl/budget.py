"""How much a run may ask of a site; what is left over, the next run does."""

from dataclasses import dataclass

from scraper.crawl.stats import Tally
from scraper.errors import BudgetSpentError


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one run; None is no limit."""

    pages: int | None = None
    megabytes: float | None = None
    minutes: float | None = None

    def require(self, tally: Tally, elapsed_s: float) -> None:
        """Let the run go on.

        Raises:
            BudgetSpentError: if a limit is reached.
        """
        for limit, used, what in (
            (self.pages, float(tally.pages), "pages"),
            (self.megabytes, tally.bytes_read / 1e6, "MB"),
            (self.minutes, elapsed_s / 60, "minutes"),
        ):
            if limit is not None and used >= limit:
                msg = (
                    f"the budget of {limit:g} {what} is spent; {tally.settled} images are looked at, {tally.waiting} "
                    "or more wait. Nothing was published: run the same command again to go on from here"
                )
                raise BudgetSpentError(msg)
