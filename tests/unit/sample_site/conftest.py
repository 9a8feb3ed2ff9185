"""A small atlas behind a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from sample_site.atlas import Atlas
from sample_site.server import SampleSite

Client = TestClient[Request, Application]

SLOW_PAGE_S = 0.4


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    """Two pages in most galleries, and one of each kind of dirt."""
    return Atlas(seed=3, cases_per_class=6)


@pytest.fixture
async def client(atlas: Atlas) -> AsyncIterator[Client]:
    """Speaks to the small atlas, and follows no redirect unless told."""
    async with TestClient(TestServer(SampleSite(atlas, slow_page_s=SLOW_PAGE_S).application())) as client:
        yield client


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a process needs to run, and no setting of ours."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
