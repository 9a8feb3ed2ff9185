"""The one queue in front of the cores: requests take turns piece by piece, so that a large one can't starve a small.

Knows nothing of models. Work that nobody waits for any more, or whose time is up, is dropped before it costs a core.
"""

import asyncio
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
    """The pieces of one request."""

    def __init__(self, pieces: int, run: Run, *, kind: str, deadline: float | None) -> None:
        self.run = run
        self.kind = kind
        self.deadline = deadline
        self.results: list[Any] = [None] * pieces
        self.begun = 0
        self.running = 0
        self.over = False
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[list[Any]] = self._loop.create_future()
        self.idle = asyncio.Event()
        """Set once no worker is at it any more, nor ever will be."""

    @property
    def waiting(self) -> int:
        """Pieces that no worker has begun."""
        return len(self.results) - self.begun

    def tell(self, error: Exception | None) -> None:
        """From a worker: what became of it."""
        self._loop.call_soon_threadsafe(self._settle, error, not self.running)

    def _settle(self, error: Exception | None, idle: bool) -> None:
        if idle:
            self.idle.set()
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        elif idle:
            self.future.set_result(self.results)


class FairQueue:
    """Worker threads and what waits for them. `close` it when the server ends."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._jobs: deque[Job] = deque()
        self._piece_s: dict[str, float] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, args=(worker,), name=f"worker-{worker}", daemon=True)
            for worker in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, pieces: int, run: Run, *, kind: str, deadline: float | None) -> list[Any]:
        """Run `run` for each piece and return the results in order; the first error of a piece ends it.

        Cancelling it drops what hasn't begun, and returns when what has begun is over.

        Args:
            pieces: how many.
            run: does one piece.
            kind: of the work; pieces of the same kind take about the same time.
            deadline: by `time.monotonic`; None is none.

        Raises:
            RequestRefusedError: DEADLINE_EXCEEDED if the work can't be done in time.
        """
        job = Job(pieces, run, kind=kind, deadline=deadline)
        with self._changed:
            self._refuse_hopeless(job)
            self._jobs.append(job)
            self._changed.notify(min(pieces, self.workers))
        try:
            return await job.future
        finally:
            if not job.idle.is_set():
                with self._changed:
                    self._drop(job)
                    if not job.running:
                        job.idle.set()
                await job.idle.wait()

    def close(self) -> None:
        """End the workers after what is queued."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _refuse_hopeless(self, job: Job) -> None:
        """Refuse by measured times, but only behind other work: that keeps the measurements fresh."""
        if job.deadline is None or not self._jobs:
            return
        size = len(job.results)
        # taking turns, a request waits for at most as many pieces of each other one as it has itself
        ahead_s = sum(min(other.waiting, size) * self._piece_s.get(other.kind, 0.0) for other in self._jobs)
        own_s = self._piece_s.get(job.kind, 0.0)
        needed_s = max(own_s, (ahead_s + size * own_s) / self.workers)
        left_s = job.deadline - time.monotonic()
        if needed_s > left_s:
            message = f"the queue needs about {needed_s:.3f} s, but the caller waits only {max(left_s, 0.0):.3f} s"
            raise RequestRefusedError(Code.DEADLINE_EXCEEDED, message)

    def _work(self, worker: int) -> None:
        while (taken := self._take()) is not None:
            job, piece = taken
            began = time.monotonic()
            error: Exception | None = None
            try:
                if job.deadline is not None and began > job.deadline:
                    message = "the time that the caller gave was over before a core was free"
                    raise RequestRefusedError(Code.DEADLINE_EXCEEDED, message)
                job.results[piece] = job.run(worker, piece)
            except Exception as failed:
                error = failed
            self._finish(job, error, time.monotonic() - began)

    def _take(self) -> tuple[Job, int] | None:
        with self._changed:
            while not self._jobs:
                if self._closed:
                    return None
                self._changed.wait()
            job = self._jobs.popleft()
            piece = job.begun
            job.begun += 1
            job.running += 1
            if job.waiting:
                self._jobs.append(job)
            return job, piece

    def _finish(self, job: Job, error: Exception | None, took_s: float) -> None:
        with self._changed:
            job.running -= 1
            if error is None:
                mean = self._piece_s.get(job.kind, took_s)
                self._piece_s[job.kind] = mean + SMOOTHING * (took_s - mean)
            else:
                self._drop(job)
            if error is not None or (not job.running and (job.over or not job.waiting)):
                job.tell(error)

    def _drop(self, job: Job) -> None:
        job.over = True
        if job in self._jobs:
            self._jobs.remove(job)
