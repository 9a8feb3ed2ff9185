"""Who may do what: admin calls need the one admin key, compared in constant time; there is no default key."""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway.errors import AdminSwitchedOffError, NotAuthenticatedError
from gateway.settings import GatewaySettings

bearer = HTTPBearer(scheme_name="AdminKey", description="The operator's ACNEFLOW_ADMIN_KEY.", auto_error=False)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def require_admin(request: Request, credentials: Credentials) -> None:
    """Let admins through.

    Raises:
        AdminSwitchedOffError: if the operator set no key.
        NotAuthenticatedError: if the request has none, or a wrong one.
    """
    settings: GatewaySettings = request.app.state.settings
    if settings.admin_key is None:
        raise AdminSwitchedOffError("ACNEFLOW_ADMIN_KEY isn't set.")
    if credentials is None:
        raise NotAuthenticatedError("The request has no Authorization header with a Bearer key.")
    expected = settings.admin_key.get_secret_value().encode()
    if not hmac.compare_digest(credentials.credentials.encode(), expected):
        raise NotAuthenticatedError("The key isn't the admin key.")
