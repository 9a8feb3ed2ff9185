"""What each of the store's users may read and write, tried on a running stack."""

from collections.abc import Callable

from objectstore import StoreError
from support.composed_stack import ComposedStack

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


def wrong_rights(stack: ComposedStack, key: str, *, excused: set[tuple[str, str]]) -> list[str]:
    """Who may do with an object what the policies don't say; the object is afterwards what it was.

    Args:
        stack: that runs.
        key: one of `OBJECTS`.
        excused: user and key whose writing isn't tried.
    """
    root = stack.store()
    before = root.get(key).body if root.head(key) else None
    kept = before or b"{}"
    root.put(key, kept)
    readers, writers = (set(names.split()) for names in OBJECTS[key])
    wrong = []
    try:
        for user in USERS:
            store = stack.store(user)
            if _may(lambda: store.get(key)) != (user in readers):  # noqa: B023
                wrong.append(f"{user} reads {key}")
            if (user, key) not in excused and _may(lambda: store.put(key, kept)) != (user in writers):  # noqa: B023
                wrong.append(f"{user} writes {key}")
    finally:
        if before is None:
            root.delete(key)
    return wrong


def _may(action: Callable[[], object]) -> bool:
    try:
        action()
    except StoreError:
        return False
    return True
