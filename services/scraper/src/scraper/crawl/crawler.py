"""Goes through a source: reads its sections, and looks at every address that they point to, once.

An address that has to wait, for its host or for another try, waits in the frontier and holds nobody up.
Writes images to the store, which harms nobody if the run breaks off; what a scrape *saw* is for `snapshot` to publish.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from contracts.manifest import utc_now
from contracts.snapshot import RefusedImage
from contracts.steps import InvalidInputError
from imaging.formats import STORED_AS
from objectstore import ObjectStore, PreconditionFailedError
from scraper.crawl.acceptance import AcceptedImage, Plan, accept, plan
from scraper.crawl.frontier import Frontier
from scraper.crawl.memory import Memory
from scraper.crawl.stats import Budget, Stats
from scraper.errors import BudgetSpentError, HostBusyError, Refusal, RefusedError, SiteUnavailableError, TryLaterError
from scraper.http import retry
from scraper.http.caching import Validators
from scraper.sources.protocol import Batch, Content, Section, Source, Unchanged
from scraper.state.database import Known, Pending, State

AT_A_TIME = 24
"""Addresses being fetched, decoded or stored. Their bodies are in memory: small ones, and one large one."""
PER_HOST_MARGIN = 4
"""More addresses of a host than it has slots, so that some are decoded and stored while others are fetched."""
READERS = 4
"""Sections that are read at a time. Their pages share the host's slots and its pace with everything else."""
WORKERS = 6
"""Threads that decode and store. Decoding lets go of the interpreter's lock, so they don't stall the event loop."""
LARGE_PICTURE_BYTES = 8 * 2**20
"""Pictures that take more than this to decode go through one thread: the C library keeps what was freed for each thread
that has had much memory, and six of these would keep more than is ever used."""


@dataclass(frozen=True, slots=True)
class Options:
    per_class: int | None = None
    """Take only so many images of each class."""
    allow_loss: bool = False
    """Accept that a class has lost more than `largest_loss` of its images."""
    largest_loss: float = 0.5
    """The share of a class' images that may be gone before a person has to look."""
    revalidate: bool = False
    """Ask after every image, also after those whose server promised that they don't change."""
    budget: Budget = field(default_factory=Budget)
    attempts: int = 4
    """How often an address is asked before it is given up."""
    per_host: int = 4
    """Requests to one host at a time."""
    metrics_file: Path | None = None
    """Gets the metrics every few seconds, for a textfile collector."""


class Crawl:
    def __init__(self, source: Source, store: ObjectStore, state: State, stats: Stats, options: Options) -> None:
        self._source = source
        self._store = store
        self._state = state
        self._stats = stats
        self._options = options
        self._frontier = Frontier(state, options.per_host + PER_HOST_MARGIN)
        self._memory = Memory()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="worker")
        self._large_worker = ThreadPoolExecutor(1, thread_name_prefix="large-worker")
        self._failures: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._began = time.monotonic()
        self._spent: BudgetSpentError | None = None
        self._readers = READERS

    async def run(self) -> None:
        """Look at everything that isn't settled yet; raises the first StepError of source, store or budget."""
        try:
            async with asyncio.TaskGroup() as tasks:
                sections = iter(self._state.open_sections())
                for _ in range(READERS):
                    tasks.create_task(self._discover(sections))
                tasks.create_task(self._dispatch(tasks))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            self._state.commit()
            for workers in (self._workers, self._large_worker):
                workers.shutdown(wait=False, cancel_futures=True)

    async def _discover(self, sections: Iterator[tuple[int, Section, str]]) -> None:
        for position, section, resume_at in sections:
            async with aclosing(self._source.images(section, resume_at)) as batches:
                async for batch in batches:
                    taken = self._limit(section.label, batch)
                    now = float("inf") if self._options.revalidate else time.time()
                    hosts, new, fresh = self._state.add_found(position, taken, now=now)
                    self._stats.waiting += new
                    self._stats.images += fresh
                    self._stats.unchanged += fresh
                    self._stats.fresh += fresh
                    for each in taken.found:
                        if isinstance(each, RefusedImage):
                            self._stats.refused[each.reason] += 1
                    self._frontier.grew(hosts)
                    self._wake.set()
                    if self._is_spent():
                        return
                    if len(taken.found) < len(batch.found):
                        break
                    await asyncio.sleep(0)
            self._state.close_section(position)
        self._readers -= 1
        self._stats.discovering = self._readers > 0
        self._wake.set()

    def _limit(self, label: str, batch: Batch) -> Batch:
        if self._options.per_class is None:
            return batch
        return Batch(
            batch.found[: max(0, self._options.per_class - self._state.sighting_count(label))], batch.resume_at
        )

    async def _dispatch(self, tasks: asyncio.TaskGroup) -> None:
        under_way = 0

        def ended(_task: asyncio.Task[None]) -> None:
            nonlocal under_way
            under_way -= 1
            self._wake.set()

        def is_over() -> bool:
            if under_way:
                return False
            return self._spent is not None or (not self._stats.discovering and self._frontier.is_empty())

        while not is_over():
            self._wake.clear()
            soonest = float("inf")
            while under_way < AT_A_TIME and not self._is_spent():
                pending, soonest = self._frontier.next(self._source.wait_s)
                if pending is None:
                    break
                task = tasks.create_task(self._look_at(pending))
                task.add_done_callback(ended)
                under_way += 1
                # lets it take its turn at the host, which the next one's depends on
                await asyncio.sleep(0)
            if is_over():
                break  # that has just turned out, and nobody will wake us
            try:
                async with asyncio.timeout(None if soonest == float("inf") else max(soonest, 0.001)):
                    await self._wake.wait()
            except TimeoutError:
                continue
        if self._spent is not None:
            raise self._spent

    async def _look_at(self, pending: Pending) -> None:
        known = self._state.known(pending.url)
        try:
            async with self._memory.lease() as lease:
                validators = known.validators if known and known.present else None
                content = await self._source.read(pending.url, validators, lease)
                if isinstance(content, Unchanged):
                    self._unchanged(pending, known, content.fresh_for_s)
                else:
                    planned = plan(content.body, content.validators)
                    await lease.for_decoding(planned.decoding_bytes)
                    workers = self._large_worker if planned.decoding_bytes > LARGE_PICTURE_BYTES else self._workers
                    loop = asyncio.get_running_loop()
                    image = await loop.run_in_executor(workers, self._take_in, content, planned)
                    self._taken(pending, image, content)
        except HostBusyError as busy:
            self._frontier.put_back(pending, busy.seconds)
            return
        except TryLaterError as later:
            self._failures[pending.url] += 1
            if self._failures[pending.url] < self._options.attempts:
                self._stats.retries += 1
                self._frontier.put_back(pending, retry.backoff_s(self._failures[pending.url]))
                return
            self._refused(pending, later.refusal)
        except RefusedError as refused:
            self._refused(pending, refused)
        except SiteUnavailableError as down:
            if self._source.one_site:
                raise
            self._refused(pending, RefusedError(Refusal.HOST_DOWN, str(down)))
        except InvalidInputError as unwanted:
            if self._source.one_site:
                raise
            self._refused(pending, RefusedError(Refusal.ROBOTS, str(unwanted)))
        self._failures.pop(pending.url, None)
        self._frontier.done(pending)
        self._stats.waiting -= 1

    def _take_in(self, content: Content, planned: Plan) -> AcceptedImage:
        """Decode and store, in a thread."""
        image = accept(content.body, planned, content.validators)
        media_type = STORED_AS[image.key.rpartition(".")[2]]
        # the same content may be there, from elsewhere or from before
        with suppress(PreconditionFailedError):
            self._store.put(image.key, content.body, content_type=media_type, if_absent=True)
        return image

    def _taken(self, pending: Pending, image: AcceptedImage, content: Content) -> None:
        self._state.settle(
            pending,
            image,
            content.validators,
            fetched_at=utc_now().isoformat(),
            fresh_until=time.time() + content.fresh_for_s,
        )
        self._stats.images += 1

    def _unchanged(self, pending: Pending, known: Known | None, fresh_for_s: float) -> None:
        self._state.settle_unchanged(pending, fresh_until=time.time() + fresh_for_s)
        if known is not None and known.reason is not None:
            self._stats.refused[known.reason] += 1
            return
        self._stats.images += 1
        self._stats.unchanged += 1

    def _refused(self, pending: Pending, refused: RefusedError) -> None:
        self._state.settle(pending, refused.reason, Validators(*refused.validators))
        self._stats.refused[refused.reason] += 1

    def _is_spent(self) -> bool:
        """Whether nothing new may be begun; what is under way is brought to its end."""
        try:
            self._options.budget.require(self._stats, time.monotonic() - self._began)
        except BudgetSpentError as spent:
            self._spent = spent
        return self._spent is not None
