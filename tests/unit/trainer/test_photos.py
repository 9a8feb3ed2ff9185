"""Photos are worked on in parallel, in order, and never far ahead of whoever takes the results."""

import hashlib
import threading
from dataclasses import dataclass

import pytest

from inference import usable_cores
from objectstore import IntegrityError, ObjectStore
from trainer.photos import AHEAD_PER_READER, READERS_PER_CORE, for_each_photo
from trainer.progress import Progress


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo's name and place."""

    sha256: str
    key: str


def put(store: ObjectStore, count: int) -> list[Stored]:
    photos = []
    for number in range(count):
        body = str(number).encode()
        photos.append(Stored(hashlib.sha256(body).hexdigest(), f"images/{number}"))
        store.put(photos[-1].key, body)
    return photos


def test_results_come_in_the_order_of_the_photos(store: ObjectStore) -> None:
    photos = put(store, 40)
    assert list(for_each_photo(store, photos, lambda _, body: int(body))) == list(range(40))


def test_work_doesnt_run_away_from_a_slow_reader(store: ObjectStore) -> None:
    photos = put(store, 80)
    worked: list[int] = []
    lock = threading.Lock()

    def work(_: Stored, body: bytes) -> int:
        with lock:
            worked.append(int(body))
        return int(body)

    results = for_each_photo(store, photos, work)
    for number in results:
        assert len(worked) - number <= (AHEAD_PER_READER + 1) * READERS_PER_CORE * usable_cores() + 1
        if number == 20:
            break
    results.close()  # type: ignore[attr-defined]
    assert len(worked) < 80


def test_a_damaged_photo_stops_the_work_with_its_name(store: ObjectStore) -> None:
    photos = put(store, 10)
    store.put(photos[4].key, b"something else")
    with pytest.raises(IntegrityError, match="images/4"):
        list(for_each_photo(store, photos, lambda _, body: body))


def test_an_error_of_the_work_is_raised(store: ObjectStore) -> None:
    with pytest.raises(ZeroDivisionError):
        list(for_each_photo(store, put(store, 3), lambda _, body: 1 // int(body)))


def test_progress_says_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("images read", 4, interval_s=0.0)
    for _ in range(4):
        progress.advance()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("1/4 images read (25%)")
    assert lines[0].endswith("left")
    assert lines[-1].startswith("4/4 images read (100%)")


def test_progress_says_nothing_more_often_than_it_should(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("images read", 1000, interval_s=3600.0)
    for _ in range(999):
        progress.advance()
    assert capsys.readouterr().out == ""
