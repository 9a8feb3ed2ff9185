"""What can go wrong with the store, and which of it an S3 server's answer means; each message names the object."""

from botocore.exceptions import ClientError

from contracts.steps import StepError


class StoreError(StepError):
    """The root of what can go wrong with the store."""


class ObjectNotFoundError(StoreError):
    """There is no such object."""


class PreconditionFailedError(StoreError):
    """Somebody else wrote first; read again and decide again."""


class IntegrityError(StoreError):
    """An object's content isn't what its manifest says."""


class StoreUnavailableError(StoreError):
    """The store can't be reached or refuses us."""


def error_for(error: ClientError, *, where: str, endpoint: str) -> StoreError:
    """What a server's refusal of the object `where` means to us."""
    status, code = status_of(error), error.response.get("Error", {}).get("Code", "unknown error")
    if code == "NoSuchBucket":
        return StoreUnavailableError(f"there is no bucket {where.split('/')[2]!r} at {endpoint}")
    if status == 404:
        return ObjectNotFoundError(f"{where} doesn't exist")
    if status == 416:
        return IntegrityError(f"{where} is shorter than its manifest says")
    if status in {409, 412}:
        return PreconditionFailedError(f"{where} was written by somebody else in the meantime")
    if status in {401, 403}:
        return StoreUnavailableError(f"the store at {endpoint} refuses access to {where} ({code})")
    return StoreUnavailableError(f"the store at {endpoint} failed on {where}: {status} {code}")


def status_of(error: ClientError) -> int:
    """The HTTP status that a server answered with."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
