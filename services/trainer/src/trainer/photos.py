"""Photos of the store, fetched and worked on in parallel; each is checked against its name, its SHA-256."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from inference import usable_cores
from objectstore import IntegrityError, ObjectStore

READERS_PER_CORE = 2
"""Half of the readers wait for the store while the others decode; Pillow and LiteRT release the GIL."""
AHEAD_PER_READER = 4
"""How far the readers may run ahead of whoever takes the results: memory stays flat however many photos there are."""


class StoredPhoto(Protocol):
    @property
    def sha256(self) -> str: ...

    @property
    def key(self) -> str: ...


T = TypeVar("T")
Photo = TypeVar("Photo", bound=StoredPhoto)


def for_each_photo(store: ObjectStore, photos: Sequence[Photo], work: Callable[[Photo, bytes], T]) -> Iterator[T]:
    """The results of `work(photo, bytes)` in the order of `photos`; it runs in several threads.

    What it or `read_photo` raises is raised here.
    """
    readers = READERS_PER_CORE * usable_cores()
    pool = ThreadPoolExecutor(readers, thread_name_prefix="photos")
    ahead: deque[Future[T]] = deque()

    def read_and_work(photo: Photo) -> T:
        return work(photo, read_photo(store, photo))

    try:
        for photo in photos:
            ahead.append(pool.submit(read_and_work, photo))
            if len(ahead) > AHEAD_PER_READER * readers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def read_photo(store: ObjectStore, photo: StoredPhoto) -> bytes:
    """One photo's bytes; an IntegrityError if its content isn't what its name says."""
    body = store.get(photo.key).body
    found = hashlib.sha256(body).hexdigest()
    if found != photo.sha256:
        msg = f"{store.uri(photo.key)}: expected content with SHA-256 {photo.sha256}, got {found}"
        raise IntegrityError(msg)
    return body
