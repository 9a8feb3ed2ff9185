"""The gateway's API keys: made, listed and revoked in the store, where every gateway reads them."""

from collections.abc import Callable

from pydantic import ValidationError

from contracts import keys
from contracts.access import ApiKey, ApiKeys, Role
from objectstore import ObjectNotFoundError, PreconditionFailedError, change_document, read_document
from stack.services import open_store
from stack.settings import StackError, StackSettings


class KeyRing:
    """The keys of an installation."""

    def __init__(self, settings: StackSettings) -> None:
        self._store = open_store(settings)

    def create(self, name: str, role: Role, per_minute: int | None) -> str:
        """Make a key and return it; it can't be told again."""
        made = ""

        def change(current: ApiKeys) -> ApiKeys:
            nonlocal made
            changed, made = current.with_new_key(name, role, per_minute)
            return changed

        try:
            self._change(change)
        except ValidationError:
            raise StackError(f"expected a name of small letters, digits and hyphens, got {name!r}") from None
        return made

    def entries(self) -> tuple[ApiKey, ...]:
        """Valid keys, oldest first."""
        try:
            return read_document(self._store, keys.api_keys(), ApiKeys).keys
        except ObjectNotFoundError:
            return ()

    def revoke(self, number: str) -> None:
        """End a key; gateways obey within seconds."""
        try:
            self._change(lambda current: current.without_key(number))
        except KeyError:
            raise StackError(f"there is no key {number!r}; `acneflow keys list` shows those there are") from None

    def _change(self, change: Callable[[ApiKeys], ApiKeys]) -> None:
        try:
            change_document(self._store, keys.api_keys(), ApiKeys, change, default=ApiKeys())
        except PreconditionFailedError:
            raise StackError("somebody else keeps changing the keys; try again") from None
