"""What robots.txt (RFC 9309) and X-Robots-Tag allow us. Pure rules; fails closed when a site can't say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from protego import Protego

from scraper.errors import HostDownError
from scraper.settings import PRODUCT

MAX_BYTES = 500 * 2**10
"""As much as RFC 9309 obliges a crawler to read."""
FORBIDDING_TAGS = frozenset({"noai", "noimageai", "noindex", "noimageindex", "none"})
_DIRECTIVES_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_AGENT = re.compile(r"\s*([a-z0-9_-]+)\s*:")


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """One origin's rules for our User-Agent."""

    crawl_delay_s: float
    _parsed: Protego

    def allows(self, url: str) -> bool:
        return bool(self._parsed.can_fetch(url, PRODUCT))


def rules_from(url: str, status: int, body: bytes) -> RobotsRules:
    """The rules that an answer for robots.txt, at `url`, stands for.

    Raises HostDownError on 429 and 5xx: as long as we don't know what is forbidden, all of it is. 404 and its like mean
    that there are no rules (RFC 9309, section 2.3.1.3).
    """
    if status == 429 or status >= 500:
        raise HostDownError(f"{url} answered {status}, so nothing is known to be allowed there; try again later")
    text = body.decode("utf-8", errors="replace") if status == 200 else ""
    parsed = Protego.parse(text)
    return RobotsRules(float(parsed.crawl_delay(PRODUCT) or 0.0), parsed)


def tags_forbid(headers: Iterable[str]) -> bool:
    """Whether X-Robots-Tag headers keep an image from being collected.

    Each header is a list of directives that one agent's name may precede ("otherbot: noindex"); those for other
    agents aren't meant for us.
    """
    return any(_forbids(header.casefold()) for header in headers)


def _forbids(header: str) -> bool:
    named = _AGENT.match(header)
    if named and named[1] not in _DIRECTIVES_WITH_VALUE:
        if named[1] != PRODUCT.casefold():
            return False
        header = header[named.end() :]
    return any(directive.strip() in FORBIDDING_TAGS for directive in header.split(","))
