"""Puts many small objects that never change, at a third of what the general client takes for each."""

from objectstore.errors import PreconditionFailedError
from objectstore.store import ObjectStore


class ImmutableWriter:
    """A way into a bucket. Safe to share between threads.

    Args:
        store: the bucket.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object unless there is one of that name; whether it was written.

        Raises:
            StoreError: as `ObjectStore.put`.
        """
        answer = self._store.signed.put(key, body, {"Content-Type": content_type, "If-None-Match": "*"})
        if answer is not None and answer.status in {200, 412}:
            return answer.status == 200
        try:
            self._store.put(key, body, content_type=content_type, if_absent=True)
        except PreconditionFailedError:
            return False
        return True
