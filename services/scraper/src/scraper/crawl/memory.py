"""How much memory images may take at the same time: many small ones, or one large one.

Whoever takes from both takes memory for the body first and for decoding second, so that nobody waits in a circle.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

DECODING_BYTES = 80 * 2**20
"""For all pictures that are being decoded. With one large body it keeps a run under 300 MB."""


class Memory:
    def __init__(self) -> None:
        self._large_body = asyncio.Lock()
        self._decoding = _Bytes(DECODING_BYTES)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator["MemoryLease"]:
        """Memory for one image, until it is in the store."""
        async with AsyncExitStack() as held:
            yield MemoryLease(self._large_body, self._decoding, held)


class MemoryLease:
    def __init__(self, large_body: asyncio.Lock, decoding: "_Bytes", held: AsyncExitStack) -> None:
        self._large_body = large_body
        self._decoding = decoding
        self._held = held
        self._large = False

    async def for_large_body(self) -> None:
        """Wait until no other image has a large body."""
        if not self._large:
            self._large = True
            await self._held.enter_async_context(self._large_body)

    async def for_decoding(self, size: int) -> None:
        """Wait until so many bytes may be taken, `DECODING_BYTES` at most."""
        await self._held.enter_async_context(self._decoding.take(size))


class _Bytes:
    def __init__(self, total: int) -> None:
        self._free = total
        self._change = asyncio.Condition()

    @asynccontextmanager
    async def take(self, size: int) -> AsyncIterator[None]:
        async with self._change:
            await self._change.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            self._free += size
            async with self._change:
                self._change.notify_all()
