"""Until when an answer may be used without asking again, as its server promised (RFC 9111). Pure rules.

Only what a server says counts; nothing is guessed from an image's age.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

MAX_FRESH_S = 7 * 86400.0
"""A longer promise is taken for a week: a wrong one then costs a week, and a week's saving is most of it."""

_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,10})")


def fresh_for_s(headers: Mapping[str, str]) -> float:
    """Seconds from now for which an answer stays fresh; 0 if its server promised nothing.

    Source: RFC 9111, sections 4.2 (lifetime: max-age, else Expires minus Date; less Age) and 5.2.2.

    Args:
        headers: of the answer, looked up without regard to case.
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
