"""Each of the store's users can do what its service needs, and no more."""

from collections.abc import Iterator

import pytest

from objectstore import StoreError
from support.composed_stack import ComposedStack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

OBJECTS = {
    "images/aa/picture.jpg": ("scraper trainer gateway", "scraper gateway"),
    "sources/x/state.sqlite": ("scraper trainer", "scraper"),
    "datasets/x/manifest.json": ("trainer gateway", "trainer"),
    "runs/x/manifest.json": ("trainer gateway", "trainer"),
    "features/x/manifest.json": ("trainer", "trainer"),
    "models/x/versions/1/manifest.json": ("trainer serving gateway", "trainer"),
    "models/x/channels.json": ("trainer serving gateway", "trainer gateway"),
    "serving/x/status.json": ("trainer serving gateway", "serving"),
    "predictions/x/1.parquet": ("trainer gateway", "gateway"),
    "feedback/2026/01/01/x.json": ("trainer gateway", "gateway"),
    "access/keys.json": ("gateway", ""),
    "logs/airflow/x": ("airflow", "airflow"),
    "elsewhere": ("", ""),
}
"""Key → who may read it, who may write it."""
USERS = ("scraper", "trainer", "serving", "gateway", "airflow")
BY_DELETION = {("trainer", key) for key in OBJECTS if key.startswith(("images", "sources", "predictions", "feedback"))}
"""The trainer deletes there what nothing refers to, and SeaweedFS can't tell that from a write; MinIO and AWS can."""


@pytest.fixture(params=OBJECTS)
def key(stack: ComposedStack, request: pytest.FixtureRequest) -> Iterator[str]:
    """An object's key; what stood there, or nothing, stands there afterwards."""
    root, key = stack.store(), str(request.param)
    before = root.get(key).body if root.head(key) else None
    root.put(key, before or b"{}")
    yield key
    if before is None:
        root.delete(key)


def test_rights_are_those_of_the_policies(stack: ComposedStack, key: str) -> None:
    kept = stack.store().get(key).body
    readers, writers = (set(names.split()) for names in OBJECTS[key])
    for user in USERS:
        store = stack.store(user)
        assert _may(lambda: store.get(key)) == (user in readers), f"{user} reads {key}"  # noqa: B023
        if (user, key) not in BY_DELETION:
            assert _may(lambda: store.put(key, kept)) == (user in writers), f"{user} writes {key}"  # noqa: B023


def test_the_scrapers_key_cannot_publish_a_model(stack: ComposedStack) -> None:
    with pytest.raises(StoreError, match="refuses access"):
        stack.store("scraper").put("models/acne/versions/99/manifest.json", b"{}")


def _may(action: object) -> bool:
    assert callable(action)
    try:
        action()
    except StoreError:
        return False
    return True
