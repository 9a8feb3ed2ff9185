"""Each of the store's users can do what its service needs, and no more."""

import pytest

from objectstore import StoreError
from support.composed_stack import ComposedStack
from support.store_rights import BY_DELETION, OBJECTS, wrong_rights

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("key", OBJECTS)
def test_rights_are_those_of_the_policies(stack: ComposedStack, key: str) -> None:
    assert wrong_rights(stack, key, excused=BY_DELETION) == []


def test_the_scrapers_key_cannot_publish_a_model(stack: ComposedStack) -> None:
    with pytest.raises(StoreError, match="refuses access"):
        stack.store("scraper").put("models/acne/versions/99/manifest.json", b"{}")
