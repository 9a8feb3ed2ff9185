"""`model.json` of the versions that answer: their classes, thresholds and origin, read from the store once each.

A version never changes once it is published, so what was read once is right for ever.
"""

import asyncio

from contracts import keys
from contracts.manifest import InvalidManifestError
from contracts.models.version import DESCRIPTION_FILE, ModelDescription
from gateway.http.errors import StoreAwayError, TooSlowError, UnusableVersionError
from imaging import PREPROCESSING
from objectstore import ObjectNotFoundError, ObjectStore, StoreError, StoreSettings, read_document


class Descriptions:
    def __init__(self, settings: StoreSettings, model: str) -> None:
        self._settings = settings
        self._model = model
        self._store: ObjectStore | None = None
        self._reads: dict[int, asyncio.Task[ModelDescription]] = {}

    async def of(self, version: int, *, timeout_s: float) -> ModelDescription:
        """The description of a version; requests that come while it is being read share the one read.

        Raises:
            StoreAwayError: if the store can't be reached.
            UnusableVersionError: if it isn't there, is damaged, or wants photos preprocessed in another way.
            TooSlowError: if the store doesn't answer in `timeout_s`; the read goes on for those who ask next.
        """
        read = self._reads.get(version)
        if read is None or (read.done() and (read.cancelled() or read.exception() is not None)):
            read = self._reads[version] = asyncio.create_task(asyncio.to_thread(self._read, version))
        if read.done():
            return read.result()
        try:
            return await asyncio.wait_for(asyncio.shield(read), timeout_s)
        except TimeoutError as error:
            raise TooSlowError("The store didn't answer before the deadline.") from error

    def _read(self, version: int) -> ModelDescription:
        key = f"{keys.version(self._model, version)}/{DESCRIPTION_FILE}"
        try:
            self._store = self._store or ObjectStore(self._settings)
            description = read_document(self._store, key, ModelDescription)
        except (ObjectNotFoundError, InvalidManifestError) as error:
            msg = f"Version {version} is served, but its description in the store is missing or damaged."
            raise UnusableVersionError(msg) from error
        except StoreError as error:
            raise StoreAwayError(f"Version {version} answered, but its description can't be read.") from error
        if description.preprocessing != PREPROCESSING:
            msg = (
                f"Version {version} was trained on photos prepared by {description.preprocessing!r}; this gateway "
                f"prepares them by {PREPROCESSING!r}."
            )
            raise UnusableVersionError(msg)
        return description
