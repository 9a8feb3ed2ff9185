"""How many cores may be used."""

import os
from pathlib import Path

import pytest

from inference import usable_cores

ALL = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("quota", "cores"), [("100000 100000", 1), ("20000 100000", 1), ("max 100000", ALL)])
def test_a_containers_quota_counts(tmp_path: Path, quota: str, cores: int) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert usable_cores(tmp_path) == cores


def test_a_quota_of_the_first_version_of_cgroups_counts(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("100000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_cores(tmp_path) == 1


def test_without_a_quota_all_cores_of_the_affinity_mask_count(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == ALL


def test_a_larger_quota_than_there_are_cores_gives_no_more_of_them(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("6400000 100000\n")
    assert usable_cores(tmp_path) == ALL
