"""Who may call the gateway: API keys, of which only hashes are kept.

A key has 256 random bits, so that one round of SHA-256 hides it as well as a slow hash would.
"""

import hashlib
import hmac
import re
import secrets
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.manifest import Contract, Document, Sha256, Slug, utc_now

PREFIX = "acn"
_SHAPE = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_[A-Za-z0-9_-]{{43}}", re.ASCII)


class Role(StrEnum):
    """What a key opens."""

    PREDICT = "predict"
    ADMIN = "admin"
    """Everything."""


class ApiKey(Contract):
    """One key, as it is kept."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    """Stands in the key itself, so that a key is found without trying all of them."""
    name: Slug
    """Whose it is; stands in logs and metrics."""
    role: Role
    per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Requests a minute; None is no limit of its own."""
    sha256: Sha256
    created_at: AwareDatetime

    def opens(self, key: str) -> bool:
        """Whether this is the key, compared in constant time."""
        return hmac.compare_digest(self.sha256, _hash(key))


class ApiKeys(Document):
    """All keys that are valid; a key that was revoked is gone."""

    keys: tuple[ApiKey, ...] = ()

    def find(self, key: str) -> ApiKey | None:
        """The entry that a key opens."""
        shape = _SHAPE.fullmatch(key)
        found = next((entry for entry in self.keys if shape and entry.id == shape.group(1)), None)
        return found if found is not None and found.opens(key) else None

    def with_new_key(self, name: str, role: Role, per_minute: int | None) -> tuple["ApiKeys", str]:
        """These keys and a new one, and the new key itself, which nobody can tell again."""
        number = secrets.token_hex(6)
        key = f"{PREFIX}_{number}_{secrets.token_urlsafe(32)}"
        entry = ApiKey(id=number, name=name, role=role, per_minute=per_minute, sha256=_hash(key), created_at=utc_now())
        return self.model_copy(update={"keys": (*self.keys, entry)}), key

    def without_key(self, number: str) -> "ApiKeys":
        """These keys without one.

        Raises:
            KeyError: if there is none of that id.
        """
        rest = tuple(entry for entry in self.keys if entry.id != number)
        if len(rest) == len(self.keys):
            raise KeyError(number)
        return self.model_copy(update={"keys": rest})


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
