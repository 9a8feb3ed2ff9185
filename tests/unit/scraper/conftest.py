"""What the scraper's tests share."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.manifest import utc_now


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scrapes under way are kept on this machine."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("ACNEFLOW_CACHE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _snapshots_a_second_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots are named by the second, and tests take several within one."""

    def ticks() -> Iterator[datetime]:
        at = utc_now()
        while True:
            at = max(at + timedelta(seconds=1), datetime.now(UTC).replace(microsecond=0))
            yield at

    clock = ticks()
    monkeypatch.setattr("scraper.state.snapshot.utc_now", lambda: next(clock))
