"""What a run has done so far, for progress and metrics, and how much it may do."""

from collections import Counter
from dataclasses import dataclass, field

from scraper.errors import BudgetSpentError


@dataclass
class Stats:
    """Counts of one run; everything that works on it adds to it."""

    pages: int = 0
    images: int = 0
    """Addresses that hold a usable image, unchanged ones included."""
    unchanged: int = 0
    """Of those: known from before, so no byte of them was fetched."""
    fresh: int = 0
    """Of those: not even asked for."""
    waiting: int = 0
    """Addresses that were found and not looked at yet."""
    discovering: bool = True
    """Whether more may be found."""
    bytes_read: int = 0
    retries: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    """HTTP answers by status."""

    @property
    def settled(self) -> int:
        return self.images + self.refused.total()

    def eta_s(self, elapsed_s: float) -> float | None:
        """Seconds that the addresses found so far will take; None while nobody can know."""
        done = self.settled - self.fresh
        return None if done < 20 or elapsed_s <= 0 else self.waiting * elapsed_s / done

    def line(self, elapsed_s: float) -> str:
        rate = self.images / elapsed_s if elapsed_s > 0 else 0.0
        eta = self.eta_s(elapsed_s)
        left = "" if eta is None or not self.waiting else f", {self.waiting} waiting, about {eta:.0f} s left"
        if left and self.discovering:
            left += " for those found so far"
        return (
            f"{elapsed_s:.0f} s: {self.pages} pages, {self.images} images ({self.unchanged} unchanged), "
            f"{self.refused.total()} refused, {self.bytes_read / 1e6:.1f} MB, {rate:.1f} images/s{left}"
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a run may ask of a site; what is left over, the next run does. None is no limit."""

    pages: int | None = None
    megabytes: float | None = None
    minutes: float | None = None

    def require(self, stats: Stats, elapsed_s: float) -> None:
        """Raise BudgetSpentError if a limit is reached."""
        for limit, used, what in (
            (self.pages, float(stats.pages), "pages"),
            (self.megabytes, stats.bytes_read / 1e6, "MB"),
            (self.minutes, elapsed_s / 60, "minutes"),
        ):
            if limit is not None and used >= limit:
                raise BudgetSpentError(
                    f"the budget of {limit:g} {what} is spent; {stats.settled} images are looked at, {stats.waiting} "
                    "or more wait. Nothing was published: run the same command again to go on from here"
                )
