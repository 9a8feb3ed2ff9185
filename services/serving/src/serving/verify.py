"""The last step of the pipeline: does the model server answer as the version that was just promoted?"""

import time
from collections.abc import Iterator

from contracts import keys
from contracts.models.version import DESCRIPTION_FILE, ModelDescription
from contracts.steps import Result, say
from objectstore import ObjectStore, StoreSettings, read_document
from runtime import read_settings
from serving.errors import ModelServerError, RequestRefusedError, VerificationError, VersionRefusedError
from serving.model_client import ModelClient, check_golden
from serving.replicas import replica_statuses
from serving.settings import ServingSettings
from serving.sync.plan import PRODUCTION

POLL_S = 0.5
SAY_EVERY_S = 10.0


def verify_step(*, model: str, version: int, timeout_s: float) -> Result:
    settings = read_settings(ServingSettings)
    store = ObjectStore(read_settings(StoreSettings))
    with ModelClient(settings.serving_address, model) as server:
        return verify_version(store, server, model=model, version=version, timeout_s=timeout_s)


def verify_version(store: ObjectStore, server: ModelClient, *, model: str, version: int, timeout_s: float) -> Result:
    """Wait until production answers as `version`, with the golden predictions that the version was published with.

    Raises:
        VerificationError: if it doesn't in time, answers wrongly, or a replica has quarantined the version.
        StoreError: if the version isn't in the store.
    """
    description = read_document(store, f"{keys.version(model, version)}/{DESCRIPTION_FILE}", ModelDescription)
    started = time.monotonic()
    said_at = float("-inf")
    while True:
        obstacle = _answers(server, description)
        now = time.monotonic()
        if obstacle is None:
            return {"model": model, "version": version, "seconds": round(now - started, 3)}
        for replica, reason in _quarantines(store, model, version):
            raise VerificationError(f"replica {replica!r} has quarantined version {version} of {model!r}: {reason}")
        if now - started >= timeout_s:
            raise VerificationError(f"version {version} of {model!r} isn't served after {timeout_s:.0f} s: {obstacle}")
        if now - said_at >= SAY_EVERY_S:
            say(f"waiting for version {version}: {obstacle}")
            said_at = now
        time.sleep(POLL_S)


def _answers(server: ModelClient, description: ModelDescription) -> str | None:
    """None once production answers as the version, else what stands in the way."""
    try:
        answer = server.golden(label=PRODUCTION)
    except (ModelServerError, RequestRefusedError) as error:
        return str(error)
    if answer.version != description.version:
        return f"production answers as version {answer.version}"
    try:
        check_golden(description, answer.probabilities, answer.classes)
    except VersionRefusedError as error:
        raise VerificationError(f"production answers as version {answer.version}, but {error}") from error
    return None


def _quarantines(store: ObjectStore, model: str, version: int) -> Iterator[tuple[str, str]]:
    for status in replica_statuses(store):
        for quarantined in status.quarantined:
            if status.model == model and quarantined.version == version:
                yield status.replica, quarantined.reason
