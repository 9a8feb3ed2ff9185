"""Name resolution whose every answer is checked.

What it returns is what is connected to, so that a name can't change between check and use.
"""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from webguard.policy import Policy


class GuardedResolver(AbstractResolver):
    """The system's resolver, refusing a name as soon as one of its addresses isn't allowed."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of `host`.

        Raises:
            AddressRefusedError: if one of them isn't allowed.
            OSError: if there are none.
        """
        results = await self._system.resolve(host, port, family)
        for result in results:
            self._policy.check_address(host, port, result["host"])
        return results

    async def close(self) -> None:
        """Nothing is held open."""
        await self._system.close()
