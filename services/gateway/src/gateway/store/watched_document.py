"""A document of the store that may change at any time, kept at hand and asked for again every few seconds.

While the store is away the last state that was seen goes on to hold.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, Self, TypeVar

import structlog

from contracts.manifest import Contract, InvalidManifestError
from gateway.http.errors import GatewayError, StoreAwayError
from gateway.store.storage import Storage
from objectstore import ObjectNotFoundError, ObjectStore, PreconditionFailedError, change_document

POLL_S = 2.0
"""How long a change takes at most until this gateway obeys it; an unchanged document costs one conditional GET."""

Doc = TypeVar("Doc", bound=Contract)

log = structlog.get_logger()


class WatchedDocument(Generic[Doc]):
    """One document. Use it with `async with`; until it was read for the first time there is no state to go by."""

    def __init__(self, storage: Storage, key: str, empty: Doc) -> None:
        self._storage = storage
        self._key = key
        self._empty = empty
        self._etag: str | None = None
        self._state: Doc | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> Doc:
        """What the document said when it was last read; empty if there is none.

        Raises:
            StoreAwayError: if the store couldn't be reached since this process began.
        """
        if self._state is None:
            raise StoreAwayError("The store couldn't be reached yet, so what the operator allows isn't known.")
        return self._state

    async def current(self) -> Doc:
        """The state; read now if it never was."""
        return await self.refresh() if self._state is None else self._state

    async def refresh(self) -> Doc:
        try:
            found = await self._storage.call(ObjectStore.get_if_changed, self._key, self._etag)
        except ObjectNotFoundError:
            self._etag, self._state = None, self._empty
            return self._state
        if found is not None:
            self._state = type(self._empty).from_json(found.body, origin=self._key)
            self._etag = found.etag
        return self.state

    async def change(self, change: Callable[[Doc], Doc]) -> Doc:
        """Replace the document by what `change` makes of it; others obey it within `POLL_S`.

        Raises:
            StoreAwayError: if others kept writing first.
        """
        try:
            await self._storage.call(change_document, self._key, type(self._empty), change, default=self._empty)
        except PreconditionFailedError as error:
            raise StoreAwayError("Others keep changing the same document.") from error
        return await self.refresh()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        told = ""
        while True:
            try:
                await self.refresh()
                told = ""
            except (GatewayError, InvalidManifestError) as error:
                if str(error) != told:  # once, not every two seconds
                    told = str(error)
                    log.warning("unreadable", reason=self._key, cause=told)
            await asyncio.sleep(POLL_S)
