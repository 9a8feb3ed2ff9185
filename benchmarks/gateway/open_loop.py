"""Open-loop clients: requests leave whether or not earlier ones were answered. Writes one JSON line.

They come as people do who know nothing of each other, a Poisson process of the given rate (as in the server scenario of
MLPerf Inference), or with `--evenly` in equal intervals. Latency counts from when a request should have left. With
`--obey`, whoever is sent away comes back after the seconds that Retry-After said, as often as it takes.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import uvloop

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Outcome:
    due: float
    status: int
    latency_s: float
    retry_after_s: int
    tries: int


class Generator:
    def __init__(self, address: str, photo: bytes) -> None:
        self.host, _, port = address.rpartition(":")
        self.port = int(port)
        head = (
            f"POST /v1/predict HTTP/1.1\r\nHost: {address}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(photo)}"
        )
        self.request = f"{head}\r\n\r\n".encode() + photo
        self.idle: list[Connection] = []

    async def post(self, due: float, tries: int) -> Outcome:
        # a second try would tell nothing about the server but how long it keeps idle connections
        fresh = tries > 1 or not self.idle
        connection = await asyncio.open_connection(self.host, self.port) if fresh else self.idle.pop()
        reader, writer = connection
        writer.write(self.request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        await reader.readexactly(int(headers["content-length"]))
        latency_s = time.perf_counter() - due
        self.idle.append(connection)
        return Outcome(due, int(head[9:12]), latency_s, int(headers.get("retry-after", 0)), tries)

    async def obeying(self, due: float) -> list[Outcome]:
        outcomes: list[Outcome] = []
        while True:
            outcomes.append(await self.post(due, len(outcomes) + 1))
            if outcomes[-1].status != 429:
                return outcomes
            await asyncio.sleep(outcomes[-1].retry_after_s)
            due = time.perf_counter()


async def run(given: argparse.Namespace, photo: bytes) -> dict[str, object]:
    generator = Generator(given.address, photo)
    began = time.perf_counter() + 0.2
    tasks: list[asyncio.Task[list[Outcome]]] = []
    for after_s in arrivals(given):
        due = began + after_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(generator.obeying(due) if given.obey else _single(generator, due)))
    every = [outcome for outcomes in await asyncio.gather(*tasks) for outcome in outcomes]
    counted = [outcome for outcome in every if outcome.due >= began + given.warmup]
    first = [outcome for outcome in counted if outcome.tries == 1]
    accepted = np.array([outcome.latency_s for outcome in first if outcome.status == 200] or [0.0])
    returned = [outcome for outcome in every if outcome.tries == 2]
    waits = [outcome.retry_after_s for outcome in every if outcome.status == 429]
    return {
        "sent_per_s": round(len(first) / given.seconds, 1),
        "accepted_per_s": round(sum(outcome.status == 200 for outcome in first) / given.seconds, 1),
        "p50_ms": round(float(np.percentile(accepted, 50)) * 1e3, 1),
        "p99_ms": round(float(np.percentile(accepted, 99)) * 1e3, 1),
        "statuses": dict(Counter(str(outcome.status) for outcome in every)),
        "without_retry_after": sum(outcome.status == 429 and outcome.retry_after_s < 1 for outcome in every),
        "longest_retry_after_s": max(waits, default=0),
        "came_back": len(returned),
        "came_back_accepted": sum(outcome.status == 200 for outcome in returned),
        "unanswered": len(tasks) - sum(outcome.status == 200 for outcome in every) if given.obey else 0,
    }


def arrivals(given: argparse.Namespace) -> list[float]:
    """Seconds after the beginning; the same seed gives the same."""
    count, gap_s = round(given.rate * (given.warmup + given.seconds)), 1 / given.rate
    if given.evenly:
        return [number * gap_s for number in range(count)]
    return [float(after) for after in np.random.default_rng(given.seed).exponential(gap_s, count).cumsum()]


async def _single(generator: Generator, due: float) -> list[Outcome]:
    return [await generator.post(due, 1)]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("address")
    arguments.add_argument("photo")
    arguments.add_argument("--rate", type=float, required=True)
    arguments.add_argument("--seconds", type=float, required=True)
    arguments.add_argument("--warmup", type=float, default=0.0)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--evenly", action="store_true")
    arguments.add_argument("--obey", action="store_true")
    told = arguments.parse_args()
    print(json.dumps(uvloop.run(run(told, Path(told.photo).read_bytes()))))
