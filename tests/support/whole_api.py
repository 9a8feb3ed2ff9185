"""Asks a gateway all that its OpenAPI document allows, and much that it doesn't."""

from http import HTTPStatus
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from support.world import ADMIN

NOT_HERE = [
    positive_data_acceptance,  # bytes that a program makes up are no photo, whatever the schema can say
    ignored_auth,  # who calls from the machine itself needs no key for predictions
]
WITHOUT_KEYS = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
"""For the same reason: a missing key is no wrong request here."""
TIMEOUT = "X-Request-Timeout-Ms"


def broken_promises(url: str, *, examples: int) -> dict[str, str]:
    """The operations that answer otherwise than the document promises, or fail, and how.

    Args:
        url: of a gateway.
        examples: how often each operation is asked in its own terms, and how often in others.
    """
    broken: dict[str, str] = {}
    for found in schemathesis.openapi.from_url(f"{url}/openapi.json", config=WITHOUT_KEYS).get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=examples,
                deadline=None,
                derandomize=True,
                database=None,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: schemathesis.Case[Any]) -> None:
                answer = case.call(headers=ADMIN)
                # who allows a millisecond is told truly that it was too short
                late = answer.status_code == HTTPStatus.GATEWAY_TIMEOUT and TIMEOUT in (case.headers or {})
                case.validate_response(answer, excluded_checks=[*NOT_HERE, *([not_a_server_error] if late else [])])

            try:
                ask()
            except Unsatisfiable:
                pass  # there is no other way of asking it
            except BaseException as error:  # schemathesis raises groups of them
                if isinstance(error, KeyboardInterrupt):
                    raise
                broken[f"{operation.label}, {mode.value}"] = f"{type(error).__name__}: {error}"
    return broken
