"""Everything that can go wrong at the gateway, by status, each with what to do about it.

A class is data: `problems` makes the answer.
"""

from imaging import ImageRefusedError, Reason, formats


class GatewayError(Exception):
    """The root. A subclass's docstring is its title; `detail` says what happened, `advice` what to do."""

    status: int
    kind: str
    title: str
    advice: str
    reason: str
    """By default `kind`."""
    retry_after_s: int | None
    """Whole seconds after which trying again makes sense."""

    def __init_subclass__(cls, *, status: int, kind: str, retry_after_s: int | None = None) -> None:
        super().__init_subclass__()
        cls.status, cls.kind, cls.retry_after_s = status, kind, retry_after_s
        cls.title = (cls.__doc__ or kind).rstrip(".")

    def __init__(
        self,
        detail: str,
        *,
        advice: str | None = None,
        reason: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason or self.kind.replace("-", "_")
        if advice is not None:
            self.advice = advice
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s


class MalformedRequestError(GatewayError, status=400, kind="malformed-request"):
    """The request can't be read."""

    advice = "Send it again in one of the forms shown in /docs."


class NotAuthenticatedError(GatewayError, status=401, kind="not-authenticated"):
    """This call needs a key."""

    advice = (
        "Send the header 'Authorization: Bearer <key>' with ACNEFLOW_ADMIN_KEY, or a key that the operator made by "
        "`acneflow keys create`."
    )


class AdminSwitchedOffError(GatewayError, status=403, kind="admin-switched-off"):
    """Admin calls are switched off."""

    advice = "Set ACNEFLOW_ADMIN_KEY in the gateway's environment and restart it."


class NotAllowedError(GatewayError, status=403, kind="not-allowed"):
    """This key doesn't open this call."""

    advice = "Use a key with the role 'admin'."


class AddressNotAllowedError(GatewayError, status=403, kind="address-not-allowed"):
    """Photos aren't fetched from there."""

    advice = "Send the photo itself; or the operator adds the site to ACNEFLOW_GATEWAY_IMAGE_SITES."


class NotFoundError(GatewayError, status=404, kind="not-found"):
    """There is no such thing."""

    advice = "Check the address; /docs lists what there is."


class ConflictError(GatewayError, status=409, kind="conflict"):
    """That can't be done as things stand."""

    advice = "Read how things stand, and decide again."


class KeyReusedError(GatewayError, status=409, kind="idempotency-key-reused"):
    """This Idempotency-Key was used for another request."""

    advice = "Use a new key for a new request, or send the same parameters again."


class SlowUploadError(GatewayError, status=408, kind="upload-too-slow"):
    """The upload is too slow."""

    advice = "Send a smaller photo, or send it again over a better connection."


class LengthRequiredError(GatewayError, status=411, kind="length-required"):
    """The request doesn't say how large it is."""

    advice = "Send a Content-Length; a chunked body isn't accepted here."


class BodyTooLargeError(GatewayError, status=413, kind="body-too-large"):
    """The request is too large."""

    advice = "Send less."


class UnsupportedMediaTypeError(GatewayError, status=415, kind="unsupported-media-type"):
    """This Content-Type isn't accepted."""

    advice = (
        "Send the photo as multipart/form-data in the field 'image', or as the whole body with the Content-Type "
        "image/jpeg, image/png, image/webp or image/heic."
    )


class RefusedImageError(GatewayError, status=422, kind="image-refused"):
    """The photo can't be used."""

    advice = "Send another photo."

    def __init__(self, refusal: ImageRefusedError) -> None:
        super().__init__(_sentence(str(refusal)), advice=_IMAGE_ADVICE[refusal.reason], reason=refusal.reason.value)
        # 413 and 415 are what these two mean in HTTP; all else about the content is 422
        self.status = _IMAGE_STATUS.get(refusal.reason, 422)


class InvalidParametersError(GatewayError, status=422, kind="invalid-parameters"):
    """A parameter isn't valid."""

    advice = "Correct it; /docs shows what is accepted."


class AddressUnusableError(GatewayError, status=422, kind="address-unusable"):
    """The address doesn't lead to a photo."""

    advice = "Open the address in a browser to see what is there, or send the photo itself."


class BusyError(GatewayError, status=429, kind="busy", retry_after_s=1):
    """Too many requests at the moment."""

    advice = "Send it again after the seconds that Retry-After says."


class RateLimitedError(GatewayError, status=429, kind="rate-limited", retry_after_s=1):
    """This key has sent too many requests."""

    advice = "Send it again after the seconds that Retry-After says; the operator sets how many a key may send."


class UnexpectedError(GatewayError, status=500, kind="internal-error"):
    """The gateway failed."""

    advice = "Try again; if it stays, give the operator the request id."


class NotReadyError(GatewayError, status=503, kind="model-not-ready", retry_after_s=10):
    """No model is in production yet."""

    advice = "Start a training run, or wait for the one that is running."


class ModelServerAwayError(GatewayError, status=503, kind="model-server-away", retry_after_s=2):
    """The model server can't be reached."""

    advice = "Try again shortly; if it stays, the operator must see what runs at ACNEFLOW_SERVING_ADDRESS."


class ModelServerFailedError(GatewayError, status=503, kind="model-server-failed", retry_after_s=2):
    """The model server failed."""

    advice = "Try again; if it stays, the operator finds the cause in the model server's log."


class StoreAwayError(GatewayError, status=503, kind="store-away", retry_after_s=5):
    """The store can't be reached."""

    advice = "Try again shortly; if it stays, the operator must see what runs at ACNEFLOW_STORE_ENDPOINT."


class DamagedObjectError(GatewayError, status=503, kind="object-damaged"):
    """A document in the store is damaged."""

    advice = "The operator finds in the gateway's log which one, and what is wrong with it."


class UnusableVersionError(GatewayError, status=503, kind="version-unusable", retry_after_s=10):
    """The version that is served can't be used."""

    advice = "The operator must roll back, or publish a version that belongs to this release."


class AirflowAwayError(GatewayError, status=503, kind="airflow-away", retry_after_s=10):
    """Airflow can't be reached."""

    advice = "Try again once it runs (at ACNEFLOW_AIRFLOW_URL); predictions aren't affected."


class AirflowRefusedError(GatewayError, status=503, kind="airflow-refused", retry_after_s=10):
    """Airflow refused."""

    advice = "The operator must see to Airflow's settings; predictions aren't affected."


class AirflowStarterAwayError(GatewayError, status=503, kind="airflow-door-closed"):
    """Airflow can't be started from here."""

    advice = (
        "The operator must start Airflow, or set ACNEFLOW_SUPERVISOR_SOCKET or ACNEFLOW_AIRFLOW_DOOR for the gateway."
    )


class TooSlowError(GatewayError, status=504, kind="deadline-exceeded", retry_after_s=2):
    """The answer took too long."""

    advice = "Try again; if it stays, the model server is overloaded or stuck."


_IMAGE_STATUS = {Reason.TOO_MANY_BYTES: 413, Reason.UNSUPPORTED_FORMAT: 415}
_IMAGE_ADVICE = {
    Reason.EMPTY: "Choose a file that holds a photo.",
    Reason.TOO_MANY_BYTES: "Send a smaller file, for example the photo at half its size.",
    Reason.TOO_MANY_PIXELS: "Send the photo at a smaller size.",
    Reason.TOO_SMALL: "Send the photo at a larger size.",
    Reason.UNSUPPORTED_FORMAT: f"Save the photo as {formats.NAMES} and send that.",
    Reason.DAMAGED: "Save the photo again, or send the original file.",
}


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
