"""Who may interrupt whom on the cores."""

import os
from contextlib import suppress


def let_computing_threads_finish() -> None:
    """Keep this thread, and those it starts from now on, from interrupting one that computes just because they wake up.

    Linux' SCHED_BATCH, which needs no privilege. A network or a decoder that is interrupted finds the core's cache
    filled with something else afterwards, which costs more than the request gains that waits for a time slice's end. An
    idle core is taken at once. Does nothing where the system has no such policy or forbids it.
    """
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
