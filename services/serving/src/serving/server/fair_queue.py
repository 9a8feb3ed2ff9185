"""The one queue in front of the cores: requests take turns piece by piece, so that a large one can't starve a small.

Knows nothing of models. Work that nobody waits for any more, or whose time is up, is dropped before it costs a core.
Everything is decided on the event loop; worker threads only run what they are handed, one piece ahead of what each is
at, so that none waits for the loop between two pieces.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from serving.errors import Code, RequestRefusedError

SMOOTHING = 0.05
"""Weight of the newest measurement in the mean time of one piece of work."""

Run = Callable[[int, int], Any]
"""(number of the worker, number of the piece) → the piece's result; called on the worker's thread."""


class Job:
    def __init__(self, pieces: int, run: Run, *, kind: str, deadline: float | None) -> None:
        self.run = run
        self.kind = kind
        self.deadline = deadline
        self.results: list[Any] = [None] * pieces
        self.handed = 0
        """How many pieces were handed to the workers."""
        self.running = 0
        """How many of these they haven't given back."""
        self.over = False
        """Nobody waits for it any more; also set by a worker, whose piece failed."""
        self.answer: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self.stopped = asyncio.Event()
        """For who gave it up: set when no worker is at it."""

    @property
    def waiting(self) -> int:
        return 0 if self.over else len(self.results) - self.handed


class FairQueue:
    """Worker threads and what waits for them; belongs to one event loop. `close` it when the server ends."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._loop = asyncio.get_running_loop()
        self._jobs: deque[Job] = deque()
        """With pieces that wait, in the order of their turns."""
        self._handed: list[str] = []
        """The kinds of the pieces that the workers have."""
        self._piece_s: dict[str, float] = {}
        self._pieces: queue.SimpleQueue[tuple[Job, int] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, args=(worker,), name=f"worker-{worker}", daemon=True)
            for worker in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, pieces: int, run: Run, *, kind: str, deadline: float | None) -> list[Any]:
        """Run `run` for each piece and return the results in order; the first error of a piece ends it.

        Cancelling it drops what hasn't begun, and returns when what has begun is over. Pieces of the same `kind` take
        about the same time. What can't be done before `deadline` (by `time.monotonic`) is refused: DEADLINE_EXCEEDED.
        """
        job = Job(pieces, run, kind=kind, deadline=deadline)
        self._refuse_hopeless(job)
        self._jobs.append(job)
        self._hand_out()
        try:
            return await job.answer
        finally:
            self._drop(job)
            if job.running:
                await job.stopped.wait()

    def close(self) -> None:
        for _ in self._threads:
            self._pieces.put(None)
        for thread in self._threads:
            thread.join()

    def _refuse_hopeless(self, job: Job) -> None:
        """Refuse by measured times, but only behind work that waits: that keeps the measurements fresh."""
        if job.deadline is None or len(self._handed) <= self.workers:
            return
        size = len(job.results)
        # taking turns, a request waits for at most as many pieces of each other one as it has itself
        ahead_s = sum(min(other.waiting, size) * self._piece_s.get(other.kind, 0.0) for other in self._jobs)
        handed_s = sum(self._piece_s.get(kind, 0.0) for kind in self._handed)
        own_s = self._piece_s.get(job.kind, 0.0)
        needed_s = max(own_s, (handed_s + ahead_s + size * own_s) / self.workers)
        left_s = job.deadline - time.monotonic()
        if needed_s > left_s:
            message = f"the queue needs about {needed_s:.3f} s, but the caller waits only {max(left_s, 0.0):.3f} s"
            raise RequestRefusedError(Code.DEADLINE_EXCEEDED, message)

    def _hand_out(self) -> None:
        while self._jobs and len(self._handed) < 2 * self.workers:
            job = self._jobs.popleft()
            self._pieces.put((job, job.handed))
            self._handed.append(job.kind)
            job.handed += 1
            job.running += 1
            if job.waiting:
                self._jobs.append(job)

    def _work(self, worker: int) -> None:
        while (taken := self._pieces.get()) is not None:
            job, piece = taken
            began = time.monotonic()
            result, error = None, None
            try:
                if job.deadline is not None and began > job.deadline:
                    message = "the time that the caller gave was over before a core was free"
                    raise RequestRefusedError(Code.DEADLINE_EXCEEDED, message)
                if not job.over:
                    result = job.run(worker, piece)
            except Exception as failed:
                error = failed
                job.over = True
            took_s = time.monotonic() - began
            self._loop.call_soon_threadsafe(self._take_back, job, piece, result, error, took_s)

    def _take_back(self, job: Job, piece: int, result: Any, error: Exception | None, took_s: float) -> None:
        self._handed.remove(job.kind)
        job.running -= 1
        job.results[piece] = result
        if job.over:
            self._drop(job)
        else:
            mean = self._piece_s.get(job.kind, took_s)
            self._piece_s[job.kind] = mean + SMOOTHING * (took_s - mean)
        self._hand_out()
        if job.over and not job.running:
            job.stopped.set()
        if job.answer.done():
            return
        if error is not None:
            job.answer.set_exception(error)
        elif not job.running and not job.waiting:
            job.answer.set_result(job.results)

    def _drop(self, job: Job) -> None:
        job.over = True
        if job in self._jobs:
            self._jobs.remove(job)
