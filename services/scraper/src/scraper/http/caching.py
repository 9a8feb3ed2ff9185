"""By what an answer is known again (RFC 9110, section 8.8), and until when nobody need ask (RFC 9111). Pure rules.

Only what a server promises counts; nothing is guessed from an image's age.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

MAX_FRESH_S = 7 * 86400.0
"""A longer promise is taken for a week: a wrong one then costs a week, and a week's saving is most of it."""

_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,10})")


class Validators(NamedTuple):
    """An image's, as the server sent them; sent back, they ask whether anything changed."""

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Validators":
        return cls(headers.get("ETag"), headers.get("Last-Modified"))

    def conditions(self) -> dict[str, str]:
        """Request headers that make a GET conditional; none if there is nothing to ask by."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value is not None}


NO_VALIDATORS = Validators()


def fresh_for_s(headers: Mapping[str, str]) -> float:
    """Seconds from now for which an answer stays fresh; 0 if its server promised nothing.

    Source: RFC 9111, sections 4.2 (lifetime: max-age, else Expires minus Date; less Age) and 5.2.2. `headers` are
    looked up without regard to case.
    """
    control = headers.get("Cache-Control", "").casefold()
    if re.search(r"\bno-(cache|store)\b", control):
        return 0.0
    found = _MAX_AGE.search(control)
    lifetime = float(found[1]) if found else _until_expiry_s(headers)
    age = headers.get("Age", "0").strip()
    return min(max(lifetime - (float(age) if re.fullmatch(r"\d{1,10}", age) else 0.0), 0.0), MAX_FRESH_S)


def _until_expiry_s(headers: Mapping[str, str]) -> float:
    try:
        expires, date = (parsedate_to_datetime(headers[name]) for name in ("Expires", "Date"))
        return (expires - date).total_seconds()
    except (KeyError, ValueError, TypeError):  # not both, unreadable, or only one of them with a time zone
        return 0.0
