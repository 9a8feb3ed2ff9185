"""Which address is next: the oldest of a host that may be asked now, of all hosts in turn.

Only a handful of addresses of each host is in memory; the rest lies in the state.
"""

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from scraper.sources.protocol import host_of
from scraper.state.database import Pending, State

AHEAD = 64
"""Addresses of a host that are read from the state at a time."""


@dataclass
class _Host:
    after: int = 0
    """Position up to which addresses were read from the state."""
    more: bool = True
    """Whether the state may have further ones."""
    ready: deque[Pending] = field(default_factory=deque)
    later: list[tuple[float, Pending]] = field(default_factory=list)
    under_way: int = 0

    def is_empty(self) -> bool:
        return not (self.more or self.ready or self.later or self.under_way)


class Frontier:
    def __init__(self, state: State, per_host: int) -> None:
        self._state = state
        self._per_host = per_host
        self._hosts = {host: _Host() for host in state.hosts()}

    def grew(self, hosts: Iterable[str]) -> None:
        for host in hosts:
            self._hosts.setdefault(host, _Host()).more = True

    def is_empty(self) -> bool:
        """Whether nothing is left, under way or waiting."""
        return not self._hosts

    def next(self, wait_s: Callable[[str], float]) -> tuple[Pending | None, float]:
        """The next address, which is under way from now on; or None and the seconds until there may be one.

        `wait_s` gives the seconds until it makes sense to ask a host.
        """
        soonest = float("inf")
        for name, host in list(self._hosts.items()):
            if host.under_way >= self._per_host:
                continue
            self._refill(name, host)
            if not host.ready:
                if host.later:
                    soonest = min(soonest, host.later[0][0] - time.monotonic())
                elif host.is_empty():
                    del self._hosts[name]
                continue
            if (wait := wait_s(name)) > 0:
                soonest = min(soonest, wait)
                continue
            host.under_way += 1
            # the next one is another host's turn
            self._hosts[name] = self._hosts.pop(name)
            return host.ready.popleft(), 0.0
        return None, soonest

    def put_back(self, pending: Pending, seconds: float) -> None:
        """An address isn't done with; it may be asked for again after a while."""
        host = self._hosts[host_of(pending.url)]
        host.under_way -= 1
        heapq.heappush(host.later, (time.monotonic() + seconds, pending))

    def done(self, pending: Pending) -> None:
        name = host_of(pending.url)
        host = self._hosts[name]
        host.under_way -= 1
        if host.is_empty():
            del self._hosts[name]

    def _refill(self, name: str, host: _Host) -> None:
        now = time.monotonic()
        while host.later and host.later[0][0] <= now:
            host.ready.append(heapq.heappop(host.later)[1])
        if not host.ready and host.more:
            found = self._state.pending(name, after=host.after, limit=AHEAD)
            host.more = len(found) == AHEAD
            if found:
                host.after = found[-1].position
                host.ready.extend(found)
