"""A connection to Airflow's REST API v2: signs in when first needed, keeps the token, renews it when it is refused.

Every way in which Airflow can fail becomes one of the gateway's errors here; `airflow` knows what is asked.
"""

# ruff: noqa: PLC0415  (httpx takes 8 MB, which a gateway that only predicts never needs)

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from gateway.http.errors import AirflowAwayError, AirflowRefusedError
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 15.0
"""Airflow answers in milliseconds, but on a machine that trains it shares the cores."""

log = structlog.get_logger()

M = TypeVar("M", bound=BaseModel)


class Token(BaseModel):
    access_token: str


class AirflowConnection:
    """Use it with `async with`, so that its connections end."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._token: str | None = None
        self._signing_in = asyncio.Lock()

    @cached_property
    def _http(self) -> "httpx.AsyncClient":
        import httpx

        return httpx.AsyncClient(base_url=self._settings.airflow_url, timeout=TIMEOUT_S)

    async def call(self, method: str, url: str, **options: Any) -> "httpx.Response":
        """Ask as the gateway's user; any status below 500 but 401 is the caller's to read."""
        token = self._token or await self._sign_in(None)
        answer = await self.call_openly(method, url, headers={"Authorization": f"Bearer {token}"}, **options)
        if answer.status_code == 401:
            token = await self._sign_in(token)
            answer = await self.call_openly(method, url, headers={"Authorization": f"Bearer {token}"}, **options)
        return answer

    async def call_openly(self, method: str, url: str, **options: Any) -> "httpx.Response":
        import httpx

        try:
            answer = await self._http.request(method, url, **options)
        except httpx.TimeoutException as error:
            raise AirflowAwayError(f"Airflow didn't answer within {TIMEOUT_S:.0f} s.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AirflowAwayError("Airflow doesn't answer.") from error
        if answer.status_code >= 500:
            raise AirflowAwayError(f"Airflow answered with status {answer.status_code}.")
        return answer

    def read(self, answer: "httpx.Response", kind: type[M]) -> M:
        self.check(answer)
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            raise AirflowRefusedError("Airflow answered in a form that isn't its API's version 2.") from error

    def check(self, answer: "httpx.Response") -> None:
        status = answer.status_code
        if answer.is_success:
            return
        if status in {401, 403}:
            msg = "Airflow doesn't accept the gateway's credentials."
            advice = "See ACNEFLOW_AIRFLOW_USERNAME and ACNEFLOW_AIRFLOW_PASSWORD, and that user's role."
            raise AirflowRefusedError(msg, advice=advice, reason="airflow_credentials")
        log.warning("airflow", cause=f"{status}: {answer.text[:500]}")
        raise AirflowRefusedError(f"Airflow answered with status {status}; the gateway's log has the reason.")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        if "_http" in self.__dict__:
            await self._http.aclose()

    async def _sign_in(self, refused: str | None) -> str:
        """A token other than the one that was refused; those who wait meanwhile share it."""
        async with self._signing_in:
            if self._token is not None and self._token != refused:
                return self._token
            name, password = self._settings.airflow_username, self._settings.airflow_password
            if name is None or password is None:
                msg = "ACNEFLOW_AIRFLOW_USERNAME or ACNEFLOW_AIRFLOW_PASSWORD isn't set."
                raise AirflowRefusedError(msg, advice="Set both in the gateway's environment and restart it.")
            credentials = {"username": name, "password": password.get_secret_value()}
            answer = await self.call_openly("POST", "/auth/token", json=credentials)
            self._token = self.read(answer, Token).access_token
            return self._token
