"""The scraper's whole configuration, read from `ACNEFLOW_*`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from runtime import Settings

PRODUCT = "Acneflow"
"""What robots.txt calls us by."""

HeaderText = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]+$", max_length=200)]


class ScraperSettings(Settings):
    sample_site_url: str = "http://127.0.0.1:8600"
    dermnet_url: str = "https://www.dermnet.com"
    dermnet_acknowledged: bool = False
    """The operator knows that dermnet.com is a copyrighted atlas and has the right to use it."""
    scin_url: str = "https://storage.googleapis.com/dx-scin-public-data"
    """Where SCIN's `dataset/` folder lies; a mirror has the same files."""
    scin_minimum_weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    """The least weight that the dermatologists' first condition of a SCIN case must have."""
    scraper_local_sites: str = ""
    """Sites of an address list that may lie on private addresses: `host:port`, separated by commas."""
    contact: HeaderText | None = None
    """E-mail or web address by which a site's owner can reach the operator; sent in the User-Agent."""
    taxonomy: Path | None = None
    """YAML file of classes; None is the one that ships with the project."""
    scraper_connections_per_host: Annotated[int, Field(ge=1, le=16)] = 4
    """Requests to one host at a time. A browser takes six."""
    scraper_autothrottle: bool = True
    """Slow down as a host answers more slowly. Off is for sites of one's own."""
    scraper_largest_loss: Annotated[float, Field(ge=0, le=1)] = 0.5
    """The share of a class' images that may be gone against the last snapshot; more fails the run."""
    scraper_timeout_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    """For one fetch with its redirects, from the first byte sent to the last one read."""
    scraper_attempts: Annotated[int, Field(ge=1, le=10)] = 4
    """How often one address is asked before it is given up."""
    cache: Path = Path.home() / ".cache" / "acneflow"
    """Holds the scrape under way between checkpoints; losing it costs what was done since the last one."""

    def user_agent(self, version: str) -> str:
        contact = "no contact given" if self.contact is None else f"contact: {self.contact}"
        return f"{PRODUCT}/{version} (image scraper; {contact})"
