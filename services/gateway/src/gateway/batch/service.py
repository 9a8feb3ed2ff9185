"""Many photos of one client: asked about a few at a time, so that others' single photos get their turns.

An item's failure is an item's result; the batch goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from gateway.batch.archives import Item
from gateway.http.errors import BusyError, GatewayError, UnexpectedError
from gateway.predict.service import PredictionOptions, PredictionResult, Predictor

AT_ONCE = 2
"""Batches that are worked on; each holds its photos in memory."""


@dataclass(frozen=True, slots=True)
class Result:
    index: int
    name: str
    predicted: PredictionResult | None
    error: GatewayError | None


class Batches:
    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._under_way = 0

    def refuse_if_full(self) -> None:
        """Send a batch away before it is read."""
        if self._under_way >= AT_ONCE:
            raise BusyError(f"{AT_ONCE} batches are being worked on already.", reason="batches_full", retry_after_s=5)

    @contextmanager
    def admitted(self) -> Iterator[None]:
        self.refuse_if_full()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def results(self, items: Iterator[Item], options: PredictionOptions) -> AsyncIterator[Result]:
        """Answer every item; results come as they are ready.

        Items are unpacked in a thread, as they are needed. Each one's deadline counts from its own turn.
        """
        options = replace(options, patient=True)
        workers = max(1, self._predictor.admission.places // 2)
        ready: asyncio.Queue[Result | None] = asyncio.Queue()
        numbered = enumerate(items)
        loop = asyncio.get_running_loop()

        async def work(unpacker: ThreadPoolExecutor) -> None:
            while (taken := await loop.run_in_executor(unpacker, next, numbered, None)) is not None:
                await ready.put(await self._result(*taken, options))
            await ready.put(None)

        with ThreadPoolExecutor(1, thread_name_prefix="unpack") as unpacker:  # one: an iterator has one reader
            tasks = [asyncio.create_task(work(unpacker)) for _ in range(workers)]
            try:
                while workers:
                    if (result := await ready.get()) is None:
                        workers -= 1
                    else:
                        yield result
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()

    async def _result(self, index: int, item: Item, options: PredictionOptions) -> Result:
        if item.data is None:
            return Result(index, item.name, None, item.error)
        try:
            return Result(index, item.name, await self._predictor.predict(item.data, options), None)
        except GatewayError as error:
            return Result(index, item.name, None, error)
        except Exception as error:  # else the batch would wait for this item for ever
            unexpected = UnexpectedError("Something that nobody foresaw.")
            unexpected.__cause__ = error
            return Result(index, item.name, None, unexpected)
