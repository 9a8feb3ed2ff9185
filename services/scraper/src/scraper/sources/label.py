"""What a person calls a class, as the label that machines use."""

import re
import unicodedata

MAX_LABEL_LENGTH = 80


def label_of(name: str) -> str:
    """A name as a class label: lower-case letters and digits, joined by hyphens; empty if there are none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:MAX_LABEL_LENGTH].strip("-")
