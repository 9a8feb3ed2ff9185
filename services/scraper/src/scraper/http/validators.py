"""By what a source's image is known again: the validators of RFC 9110, section 8.8."""

from collections.abc import Mapping
from typing import NamedTuple


class Validators(NamedTuple):
    """As the server sent them; sent back, they ask whether anything changed."""

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Validators":
        """Those in an answer's headers, which are looked up without regard to case."""
        return cls(headers.get("ETag"), headers.get("Last-Modified"))

    def conditions(self) -> dict[str, str]:
        """Request headers that make a GET conditional; none if there is nothing to ask by."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value is not None}


NO_VALIDATORS = Validators()
