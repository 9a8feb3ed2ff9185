"""How many cores this process may use: the affinity mask and the cgroup's quota, never the host's count."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> int:
    """Cores this process may keep busy, at least 1.

    Args:
        cgroup: where the control groups are mounted; a container sees its own at the root
            (https://docs.kernel.org/admin-guide/cgroup-v2.html, `cpu.max`; version 1: `cpu.cfs_quota_us`).
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _quota(cgroup: Path) -> float | None:
    quota, _, period = _text(cgroup / "cpu.max").partition(" ")
    if not quota:
        quota = _text(cgroup / "cpu" / "cpu.cfs_quota_us")
        period = _text(cgroup / "cpu" / "cpu.cfs_period_us")
    limited = quota.isdecimal() and period.isdecimal() and int(period) > 0
    return int(quota) / int(period) if limited else None


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
