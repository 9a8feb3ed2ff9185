"""The store, for a server: every call runs in one of a few threads, and documents that never change are kept.

Errors of the store become the gateway's own; that something isn't there stays `ObjectNotFoundError`, since only the
caller knows what it means.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, Self, TypeVar

from contracts.manifest import Contract, InvalidManifestError
from gateway.http.errors import DamagedObjectError, StoreAwayError
from objectstore import (
    ObjectNotFoundError,
    ObjectStore,
    PreconditionFailedError,
    StoredObject,
    StoreError,
    StoreSettings,
    read_document,
)

THREADS = 8
"""Calls to the store that may be under way; the rest wait their turn."""
KEPT_DOCUMENTS = 2000
"""A version's or dataset's document takes some kilobytes."""

P = ParamSpec("P")
T = TypeVar("T")
Doc = TypeVar("Doc", bound=Contract)


class Storage:
    """One bucket. Use it with `async with`, so that its threads end."""

    def __init__(self, settings: StoreSettings) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._store = ObjectStore(settings)
        self._kept: OrderedDict[tuple[str, type[Contract]], Contract] = OrderedDict()

    async def call(
        self, action: Callable[Concatenate[ObjectStore, P], T], *arguments: P.args, **options: P.kwargs
    ) -> T:
        """Run `action(store, …)` in a thread.

        Raises:
            StoreAwayError: if the store can't be reached.
            DamagedObjectError: if what lies there isn't what it should be.
            ObjectNotFoundError: if there is no such object.
            PreconditionFailedError: if a condition of a put doesn't hold.
        """

        def run() -> T:
            return action(self._store, *arguments, **options)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except (ObjectNotFoundError, PreconditionFailedError):
            raise
        except InvalidManifestError as error:
            raise DamagedObjectError("A document in the store can't be read.") from error
        except StoreError as error:
            raise StoreAwayError("The store doesn't answer as it should.") from error

    async def get(self, key: str) -> StoredObject:
        return await self.call(ObjectStore.get, key)

    async def read(self, key: str, kind: type[Doc]) -> Doc:
        """Read and check a document that may change."""
        return await self.call(read_document, key, kind)

    async def find(self, key: str, kind: type[Doc]) -> Doc | None:
        """Read and check a document that may change; None if there is none."""
        try:
            return await self.read(key, kind)
        except ObjectNotFoundError:
            return None

    async def read_published(self, key: str, kind: type[Doc]) -> Doc:
        """Read a document that never changes once it is there; the second time it comes from memory."""
        found = self._kept.get((key, kind))
        if found is None:
            found = await self.read(key, kind)
            self._kept[key, kind] = found
            if len(self._kept) > KEPT_DOCUMENTS:
                self._kept.popitem(last=False)
        if not isinstance(found, kind):
            msg = f"{key} was kept as {type(found).__name__}"
            raise TypeError(msg)
        return found

    async def folders(self, prefix: str) -> list[str]:
        """The names directly under a prefix, sorted."""
        return await self.call(ObjectStore.folders, prefix)

    async def keys(self, prefix: str) -> list[str]:
        """All keys under a prefix, sorted."""
        return await self.call(lambda store: [entry.key for entry in store.walk(prefix)])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
