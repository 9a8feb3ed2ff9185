"""Work ends when its client hangs up, whether it listens for that at once or only when the work takes long."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect, Request

from gateway.http.disconnect import while_connected


class Client:
    """One whose body has been read."""

    def __init__(self) -> None:
        self.asked = 0
        self.hung_up = asyncio.Event()
        self.request = Request({"type": "http"}, self.receive)

    async def receive(self) -> dict[str, str]:
        self.asked += 1
        await self.hung_up.wait()
        return {"type": "http.disconnect"}


async def work(client: Client, *, at_once: bool, seconds: float) -> None:
    with while_connected(client.request, at_once=at_once):
        await asyncio.sleep(seconds)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("after_s", [0.0, 0.2])
async def test_work_ends_with_its_client(*, at_once: bool, after_s: float) -> None:
    client = Client()
    asyncio.get_running_loop().call_later(after_s, client.hung_up.set)
    with pytest.raises(ClientDisconnect):
        await asyncio.wait_for(work(client, at_once=at_once, seconds=60), timeout=10)


async def test_short_work_doesnt_listen() -> None:
    client = Client()
    await work(client, at_once=False, seconds=0)
    await asyncio.sleep(0.2)
    assert client.asked == 0


async def test_being_cancelled_by_others_is_no_hanging_up() -> None:
    client = Client()
    task = asyncio.create_task(work(client, at_once=True, seconds=60))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
