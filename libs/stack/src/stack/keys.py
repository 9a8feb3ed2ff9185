"""The gateway's API keys: made, listed and revoked in the store, where every gateway reads them."""

from collections.abc import Callable

from pydantic import ValidationError

from contracts import keys
from contracts.access import ApiKey, ApiKeys, Role
from objectstore import ObjectNotFoundError, ObjectStore, PreconditionFailedError, StoreSettings
from stack.settings import StackError, StackSettings

TRIES = 5
"""Of a conditional put, if somebody else writes at the same moment."""


class KeyRing:
    """The keys of an installation."""

    def __init__(self, settings: StackSettings) -> None:
        self._store = ObjectStore(
            StoreSettings(
                bucket=settings.bucket,
                store_endpoint=settings.store_url,
                store_access_key=settings.store_access_key.get_secret_value(),
                store_secret_key=settings.store_secret_key,
            )
        )

    def create(self, name: str, role: Role, per_minute: int | None) -> str:
        """Make a key and return it; it can't be told again.

        Raises:
            StackError: if the name isn't one, or somebody else keeps writing.
            StoreError: if the store can't be reached.
        """
        made = ""

        def change(current: ApiKeys) -> ApiKeys:
            nonlocal made
            changed, made = current.created(name, role, per_minute)
            return changed

        try:
            self._change(change)
        except ValidationError:
            raise StackError(f"expected a name of small letters, digits and hyphens, got {name!r}") from None
        return made

    def entries(self) -> tuple[ApiKey, ...]:
        """The keys that are valid, oldest first.

        Raises:
            StoreError: if the store can't be reached.
        """
        return self._read()[0].keys

    def revoke(self, number: str) -> None:
        """End a key; gateways obey within seconds.

        Raises:
            StackError: if there is no such key.
            StoreError: if the store can't be reached.
        """
        try:
            self._change(lambda current: current.revoked(number))
        except KeyError:
            raise StackError(f"there is no key {number!r}; `acneflow keys list` shows those there are") from None

    def _change(self, change: Callable[[ApiKeys], ApiKeys]) -> None:
        for _ in range(TRIES):
            current, etag = self._read()
            try:
                self._store.put(keys.api_keys(), change(current).to_json(), if_match=etag, if_absent=etag is None)
            except PreconditionFailedError:
                continue
            return
        raise StackError("somebody else keeps changing the keys; try again")

    def _read(self) -> tuple[ApiKeys, str | None]:
        try:
            found = self._store.get(keys.api_keys())
        except ObjectNotFoundError:
            return ApiKeys(), None
        return ApiKeys.from_json(found.body, origin=self._store.uri(keys.api_keys())), found.etag
