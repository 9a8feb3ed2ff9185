"""A connection to the gateway."""

from collections.abc import Iterator

import httpx
import pytest

from support.gateway import Gateway


@pytest.fixture
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    """Plain HTTP, without our own client."""
    with httpx.Client(base_url=gateway.url, timeout=30) as http:
        yield http
