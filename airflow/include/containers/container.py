"""A step's container: started, found again, followed, stopped and removed. It knows Docker and nothing of Airflow.

`python -m include.containers.container <engine> <id>` stops and removes one, as a process that outlives the task that
starts it, which Airflow gives 5 s to end.

The engine is asked every second instead of being listened to: a connection that breaks, a proxy that closes it and an
engine that restarts are then the same small thing, a question to be asked again. What it asks for, and no more:

    GET    /_ping /version /containers/json /containers/<id>/json /containers/<id>/logs
    POST   /containers/create /containers/<id>/start /containers/<id>/stop
    DELETE /containers/<id>
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal, Self, TypeVar

import requests
from docker import APIClient
from docker.errors import APIError, NotFound

POLL_S = 1.0
"""Seconds between two questions; a step lasts seconds to hours."""

GRACE_S = 10
"""How long a step may take to stop after SIGTERM, as the contract with it says."""

REATTACHED_LINES = 200
"""How much of what it said before is repeated when it is found again."""

PROXY_ERRORS = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
"""A proxy's status while the engine behind it is away."""

T = TypeVar("T")


class EngineUnavailableError(Exception):
    """The engine doesn't answer; the container may well be running on."""


class ContainerRemovedError(Exception):
    """The container was removed by someone else."""


@dataclass(frozen=True, slots=True)
class ContainerExit:
    """How a container ended."""

    exit_code: int
    out_of_memory: bool
    """Whether the kernel killed something in it for using more than its limit."""


@dataclass(frozen=True, slots=True)
class StepContainer:
    """One container of one engine."""

    engine: APIClient
    id: str
    patience_s: float = 300.0
    """How long to go on asking an engine that doesn't answer."""

    @classmethod
    def find(cls, engine: APIClient, labels: Mapping[str, str], patience_s: float) -> Self | None:
        """The newest container with all these labels, running or not."""
        wanted = [f"{name}={value}" for name, value in labels.items()]
        found = _ask_until_answered(lambda: engine.containers(all=True, filters={"label": wanted}), patience_s)
        return cls(engine, found[0]["Id"], patience_s) if found else None

    @classmethod
    def create(cls, engine: APIClient, patience_s: float, **config: Any) -> Self:
        """Make a container; it doesn't run yet."""
        return cls(engine, engine.create_container(**config)["Id"], patience_s)

    def start(self) -> None:
        """Start it, unless it has been started before."""
        self.engine.start(self.id)

    def exit_state(self) -> ContainerExit | None:
        """How it ended; none while it's running.

        Raises:
            EngineUnavailableError: if the engine doesn't answer for too long.
            ContainerRemovedError: if it isn't there any more.
        """
        state = self._ask(lambda: self.engine.inspect_container(self.id))["State"]
        if state["Status"] in ("created", "running", "paused", "restarting"):
            return None
        return ContainerExit(exit_code=int(state["ExitCode"]), out_of_memory=bool(state["OOMKilled"]))

    def follow(self, *, from_the_start: bool) -> Iterator[str]:
        """What it says, line by line, until it ends.

        Args:
            from_the_start: everything, instead of the last lines that it has said so far and what follows.

        Raises:
            EngineUnavailableError: if the engine doesn't answer for too long.
            ContainerRemovedError: if it isn't there any more.
        """
        tail: Literal["all"] | int = "all" if from_the_start else REATTACHED_LINES
        since, seen = 0, set[tuple[str, str]]()
        while True:
            ended = self.exit_state() is not None  # asked first, so that the log that follows is complete
            lines = self._ask(lambda: self._log(since, tail))  # noqa: B023 - called at once
            yield from (text for stamp, text in lines if (stamp, text) not in seen)
            if ended:
                return
            if lines:
                # the engine takes whole seconds, and a line may come a moment after a younger one
                since, tail = _second(max(stamp for stamp, _ in lines)) - 1, "all"
                seen = {line for line in lines if _second(line[0]) >= since}
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Ask it to end: SIGTERM, and after the grace SIGKILL; returns when it has ended, or is gone already."""
        with suppress(ContainerRemovedError):
            self._ask(lambda: self.engine.stop(self.id, timeout=GRACE_S))

    def remove(self) -> None:
        """Remove it, running or not; that it's gone already is fine."""
        with suppress(ContainerRemovedError):
            self._ask(lambda: self.engine.remove_container(self.id, force=True, v=True))

    def _log(self, since: int, tail: Literal["all"] | int) -> Sequence[tuple[str, str]]:
        """Lines and their time stamps, which the engine writes with a fixed width."""
        raw = self.engine.logs(self.id, timestamps=True, since=since or None, tail=tail)
        lines = raw.decode(errors="replace").split("\n")
        return [(stamp, text) for stamp, _, text in (line.partition(" ") for line in lines if line)]

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return _ask_until_answered(question, self.patience_s)
        except APIError as error:
            if not (isinstance(error, NotFound) or _is_being_removed(error)):
                raise
            msg = f"the container {self.id[:12]} is gone: someone removed it"
            raise ContainerRemovedError(msg) from error


def _ask_until_answered(question: Callable[[], T], patience_s: float) -> T:
    """Ask until the engine answers."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return question()
        except (requests.ConnectionError, requests.Timeout) as error:
            away: Exception = error
        except APIError as error:
            if error.status_code not in PROXY_ERRORS:
                raise
            away = error
        if time.monotonic() > deadline:
            msg = f"Docker's engine didn't answer for {patience_s:.0f} s: {away}"
            raise EngineUnavailableError(msg) from away
        time.sleep(POLL_S)


def _is_being_removed(error: APIError) -> bool:
    """Whether someone else is removing it right now; the engine has no code of its own for that."""
    return error.status_code == HTTPStatus.CONFLICT and "removal" in str(error.explanation)


def _second(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp[:19] + "+00:00").timestamp())


if __name__ == "__main__":
    engine_url, container_id = sys.argv[1:]
    container = StepContainer(APIClient(engine_url), container_id)
    container.stop()
    container.remove()
