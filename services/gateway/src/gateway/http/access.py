"""Who may do what. Admin calls need the operator's own key or one with the role `admin`; there is no default key.

Predictions need a key too, unless the operator opened them or the caller sits on this machine.
"""

import hmac
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contracts.access import ApiKeys, Role
from gateway.http.errors import AdminSwitchedOffError, NotAllowedError, NotAuthenticatedError, RateLimitedError
from gateway.settings import GatewaySettings, PredictAccess
from gateway.store.watched_document import WatchedDocument

bearer = HTTPBearer(
    scheme_name="AdminKey",
    description="The operator's ACNEFLOW_ADMIN_KEY, or a key made by `acneflow keys create`.",
    auto_error=False,
)


class RateLimits:
    """How many requests each key may send: a token bucket for each, which holds a minute's worth."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, key_id: str, per_minute: int | None) -> None:
        if per_minute is None:
            return
        now = self._clock()
        tokens, since = self._buckets.get(key_id, (float(per_minute), now))
        tokens = min(float(per_minute), tokens + (now - since) * per_minute / 60)
        if tokens < 1:
            self._buckets[key_id] = (tokens, now)
            after_s = max(1, math.ceil((1 - tokens) * 60 / per_minute))
            raise RateLimitedError(f"This key may send {per_minute} requests a minute.", retry_after_s=after_s)
        self._buckets[key_id] = (tokens - 1, now)


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    """The key's name, or the address where there is no key: what takes turns with others."""
    role: Role


async def require_admin(request: Request, credentials: Credentials) -> Caller:
    if _settings(request).admin_key is None and not await _any_admin(request):
        raise AdminSwitchedOffError("ACNEFLOW_ADMIN_KEY isn't set.")
    if credentials is not None:
        caller = await _caller_of_key(request, credentials)
        if caller.role is not Role.ADMIN:
            raise NotAllowedError(f"The key {caller.name!r} has the role '{caller.role}'.")
        return caller
    raise NotAuthenticatedError("The request has no Authorization header with a Bearer key.")


async def require_caller(request: Request, credentials: Credentials) -> Caller:
    """Let those through who may ask for predictions."""
    if credentials is not None:
        return await _caller_of_key(request, credentials)
    access = _settings(request).gateway_predict_access
    address = request.client.host if request.client else ""
    if access is PredictAccess.OPEN or (access is PredictAccess.LOOPBACK and _is_loopback(address)):
        return Caller(address, Role.PREDICT)
    raise NotAuthenticatedError("Predictions need a key here, and the request has none.")


TheCaller = Annotated[Caller, Depends(require_caller)]


async def _caller_of_key(request: Request, credentials: HTTPAuthorizationCredentials) -> Caller:
    given, admin_key = credentials.credentials, _settings(request).admin_key
    if admin_key is not None and hmac.compare_digest(given.encode(), admin_key.get_secret_value().encode()):
        return Caller("admin", Role.ADMIN)
    found = (await _keys(request).current()).find(given)
    if found is None:
        raise NotAuthenticatedError("The key isn't valid; it may have been revoked.")
    rate_limits: RateLimits = request.app.state.rate_limits
    rate_limits.spend(found.id, found.per_minute)
    return Caller(found.name, found.role)


async def _any_admin(request: Request) -> bool:
    keys = (await _keys(request).current()).keys
    return any(key.role is Role.ADMIN for key in keys)


def _settings(request: Request) -> GatewaySettings:
    settings: GatewaySettings = request.app.state.settings
    return settings


def _keys(request: Request) -> WatchedDocument[ApiKeys]:
    watched: WatchedDocument[ApiKeys] = request.app.state.api_keys
    return watched


@lru_cache(maxsize=1024)
def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
