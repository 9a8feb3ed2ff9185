"""Notices a version number that was published again with other content while the first content is on the disk."""

import time

from contracts import keys
from objectstore import ObjectNotFoundError, ObjectStore
from serving.sync.volume import Volume

CHECK_EVERY_S = 10.0
"""Published things never change, so somebody who breaks that rule may be noticed a little later."""


class ManifestWatch:
    """Compares the manifests in the store with those that came with the versions on the disk."""

    def __init__(self, store: ObjectStore, model: str, volume: Volume, *, every_s: float = CHECK_EVERY_S) -> None:
        self._store = store
        self._model = model
        self._volume = volume
        self._every_s = every_s
        self._etags: dict[int, str] = {}
        self._checked_at: dict[int, float] = {}
        self._changed: dict[int, str] = {}

    def check(self, version: int) -> str | None:
        """What is wrong with a version on the disk, None if nothing is known to be.

        Raises:
            StoreError: if the store can't be asked.
        """
        now = time.monotonic()
        if now - self._checked_at.get(version, float("-inf")) >= self._every_s:
            self._compare(version)
            self._checked_at[version] = now
        return self._changed.get(version)

    def forget(self, version: int) -> None:
        """The version isn't on the disk any more."""
        for known in (self._etags, self._checked_at, self._changed):
            known.pop(version, None)

    def _compare(self, version: int) -> None:
        key = keys.manifest(keys.version(self._model, version))
        ours = self._volume.manifest(version)
        try:
            found = self._store.get_if_changed(key, self._etags.get(version))
        except ObjectNotFoundError:
            return
        if found is None or ours is None:
            return
        self._etags[version] = found.etag
        if found.body == ours:
            self._changed.pop(version, None)
        else:
            self._changed[version] = (
                f"version number {version} was published again with other content; what is on the disk is the first "
                "content, and the other is never served: publish it under a new number"
            )
