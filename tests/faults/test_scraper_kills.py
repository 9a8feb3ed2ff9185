"""A scraper that is killed again and again loses nothing: its snapshot equals an undisturbed one."""

import asyncio
import random
import shutil
import time
import uuid
from pathlib import Path

import pytest

from objectstore import ObjectStore
from stack.seaweedfs import SeaweedFS
from support.scraping import result_of, sample_site, snapshot, started, store_environment, timeless

KILLS = 20


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_twenty_kills_at_random_moments_change_nothing(s3_server: SeaweedFS, tmp_path: Path) -> None:
    dice = random.Random(20)
    with sample_site(cases_per_class=24) as url:
        settings = s3_server.settings(f"calm-{uuid.uuid4().hex[:8]}")
        calm = ObjectStore(settings)
        calm.ensure_bucket()
        arguments = ("--source", "sample", "--site-url", url)
        process = await started(*arguments, environment=store_environment(settings, tmp_path / "calm"))
        out, _ = await process.communicate()
        undisturbed = snapshot(calm, result_of(out))

        settings = s3_server.settings(f"killed-{uuid.uuid4().hex[:8]}")
        store = ObjectStore(settings)
        store.ensure_bucket()
        settled: list[str] = []
        for kill in range(KILLS + 1):  # one of them a polite stop
            process = await started(*arguments, environment=store_environment(settings, tmp_path / "killed"))
            assert process.stdout is not None
            async for line in process.stdout:
                text = line.decode().strip()
                if text.startswith("going on"):
                    settled.append(text.partition(": ")[2])
                    break
                if kill == 0 and text.startswith("source sample"):
                    break
            await asyncio.sleep(dice.uniform(0.0, 0.6))
            assert process.returncode is None, f"it ended before kill {kill}; take a larger site"
            moves = kill == KILLS // 2
            if moves:  # as a container is that goes on on another machine: its state is in the store when it has ended
                process.terminate()
            else:
                process.kill()
            await process.wait()
            await process.communicate()
            if moves:
                shutil.rmtree(tmp_path / "killed")
        assert list(store.folders("sources/sample/snapshots/")) == []
        began = time.monotonic()
        process = await started(*arguments, environment=store_environment(settings, tmp_path / "killed"))
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        disturbed = snapshot(store, result_of(out))
    print(f"{KILLS} kills; looked at before each: {settled}; the rest took {time.monotonic() - began:.1f} s")
    assert timeless(disturbed) == timeless(undisturbed)
    assert {i.key for i in store.walk("images/")} == {i.key for i in calm.walk("images/")}
