"""Every error that a caller of `Client` can meet.

    ClientError
    ├── GatewayUnreachableError          nobody answered at that address, or not in time
    ├── UnexpectedAnswerError            something answered that is no Acneflow gateway, or another release of it
    ├── RunTimeoutError                  a run didn't finish in the time that the caller gave it
    └── ProblemError                     the gateway answered with a problem (RFC 9457)
        ├── ImageRefusedError            413, 415, 422: the photo can't be used
        ├── RequestRefusedError          other 4xx: the request makes no sense
        │   ├── NotAllowedError          401, 403: the key is missing, wrong, or not enough
        │   ├── NotFoundError            404: no such run, version or channel
        │   └── ConflictError            409: it can't be done as things stand
        └── TemporarilyUnavailableError  429, 5xx: try again later

`str(error)` is for a person: what went wrong and what to do.
"""

from pydantic import ValidationError

from contracts.api.problems import IMAGE_REFUSED, Problem


class ClientError(Exception):
    """The root."""


class GatewayUnreachableError(ClientError):
    """Nobody answered at that address, or not in time."""


class UnexpectedAnswerError(ClientError):
    """The answer isn't one that the gateway gives."""


class RunTimeoutError(ClientError):
    """A run didn't finish in the time that the caller gave it."""


class ProblemError(ClientError):
    """The gateway said no; `problem` is its answer."""

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        super().__init__(f"{problem.detail} {problem.advice}".strip())
        self.problem = problem
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def reason(self) -> str:
        """What went wrong, as a word for programs, for example `too_many_pixels`."""
        return self.problem.reason


class ImageRefusedError(ProblemError):
    """The photo can't be used; `reason` tells programs why, the message tells people."""


class RequestRefusedError(ProblemError):
    """The request makes no sense to the gateway."""


class NotAllowedError(RequestRefusedError):
    """The key is missing, wrong or not enough, or none is set up at the gateway."""


class NotFoundError(RequestRefusedError):
    """There is no such run, version or channel."""


class ConflictError(RequestRefusedError):
    """It can't be done as things stand; the message says what to do instead."""


class TemporarilyUnavailableError(ProblemError):
    """The gateway or something behind it can't answer now; `retry_after_s` is its own guess when to ask again."""


def problem_error(status: int, body: bytes, retry_after: str | None) -> ClientError:
    """The error that an answer with a status of 400 or more stands for."""
    try:
        problem = Problem.model_validate_json(body, extra="ignore")
    except ValidationError:
        return UnexpectedAnswerError(f"expected a problem document with status {status}; is there an Acneflow gateway?")
    wait_s = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
    return _kind(problem)(problem, wait_s)


def _kind(problem: Problem) -> type[ProblemError]:
    if problem.type == IMAGE_REFUSED:
        return ImageRefusedError
    if problem.status in {401, 403}:
        return NotAllowedError
    if problem.status == 404:
        return NotFoundError
    if problem.status == 409:
        return ConflictError
    if problem.status == 429 or problem.status >= 500:
        return TemporarilyUnavailableError
    return RequestRefusedError
