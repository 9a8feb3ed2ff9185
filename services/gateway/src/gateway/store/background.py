"""Work beside the answering: in a process of its own where it takes memory or time that no photo shall wait for."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from contracts.steps import Exit


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process left."""

    exit_code: int
    output: bytes
    errors: str


@asynccontextmanager
async def alongside(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """As long as it lasts, let the event loop do something endless too."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()


async def in_background(
    *arguments: str, given: bytes | None = None, environment: Mapping[str, str] | None = None, nice: int
) -> Ended:
    """Run `python -m <arguments>` to its end.

    Args:
        arguments: the module, and what it is told.
        given: its standard input.
        environment: its variables; by default ours.
        nice: how much it stands back for others, 0 to 19.
    """
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", *arguments]
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    except OSError as error:  # no memory, or too many processes
        return Ended(Exit.FAILED, b"", str(error))
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, process.pid, nice)
    try:
        output, errors = await process.communicate(given)
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.kill()
        raise
    assert process.returncode is not None  # noqa: S101 - it has ended
    return Ended(process.returncode, output, errors.decode(errors="replace"))
