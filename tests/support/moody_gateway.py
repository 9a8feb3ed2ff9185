"""A door before the real gateway that can be slow, busy, strict or shut, as gateways are on bad days."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stack.seaweedfs import free_ports

Mood = Literal["well", "slow", "busy", "strict", "restarting"]
SLOW_S = 4.0
PASSED_ON = {"accept", "authorization", "content-type"}
REFUSALS = {
    "busy": (429, "overloaded", "Too many photos are being answered.", "Ask again in 2 seconds.", {"Retry-After": "2"}),
    "strict": (401, "not_authenticated", "This gateway answers nobody without a key.", "Send a key.", {}),
    "restarting": (503, "not_ready", "The model server is being restarted.", "Ask again in a moment.", {}),
}


@dataclass
class MoodyGateway:
    """Passes everything on to `behind`, in its present mood."""

    url: str
    behind: str
    mood: Mood = "well"
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        """Refuse, or pass on what came."""
        self.asked.append(request.url.path)
        alone = request.url.path == "/livez"
        if self.mood in REFUSALS and not alone:
            status, reason, detail, advice, headers = REFUSALS[self.mood]
            problem = {"type": "about:blank", "title": reason, "status": status, "detail": detail}
            return JSONResponse({**problem, "advice": advice, "reason": reason}, status, headers)
        if self.mood == "slow":
            await asyncio.sleep(SLOW_S)
        async with httpx.AsyncClient(base_url=self.behind, timeout=30) as client:
            kept = {name: value for name, value in request.headers.items() if name in PASSED_ON}
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            answer = await client.request(request.method, target, content=await request.body(), headers=kept)
        media_type = answer.headers.get("content-type")
        return Response(answer.content, answer.status_code, media_type=media_type)


@contextmanager
def running_moody_gateway(behind: str) -> Iterator[MoodyGateway]:
    """Serve it on a socket, in a thread."""
    (port,) = free_ports(1)
    moody = MoodyGateway(f"http://127.0.0.1:{port}", behind)
    methods = ["GET", "POST", "PUT"]
    app = Starlette(routes=[Route("/{path:path}", moody.answer, methods=methods)])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield moody
    finally:
        server.should_exit = True
        thread.join()
