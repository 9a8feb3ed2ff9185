"""Ends work whose client has gone: nobody waits for the answer, so its place is worth more than its result."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request


@asynccontextmanager
async def while_connected(request: Request) -> AsyncIterator[None]:
    """Around work that begins when the body has been read; cancelled when the client hangs up.

    Raises:
        ClientDisconnect: if it did.
    """
    worker = asyncio.current_task()
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone = True
        if worker is not None:
            worker.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if gone and worker is not None and not worker.uncancel():
            raise ClientDisconnect from None
        raise
    finally:
        watcher.cancel()
