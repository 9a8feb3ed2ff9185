"""Everything that can go wrong at the gateway, each with what to do about it.

    GatewayError
    ├── MalformedRequestError      400  the bytes aren't the form or JSON that they claim to be
    ├── NotAuthenticatedError      401  no admin key, or a wrong one
    ├── AdminSwitchedOffError      403  the operator has set no admin key
    ├── NotFoundError              404  no such version, channel or run
    ├── KeyReusedError             409  an idempotency key came back with other parameters
    ├── BodyTooLargeError          413  more bytes than this path accepts
    ├── UnsupportedMediaTypeError  415  the body's Content-Type is none of those accepted
    ├── RefusedImageError          413, 415 or 422  the photo can't be used
    ├── InvalidParametersError     422  parameters that break a rule
    ├── UnexpectedError            500  a fault of ours
    ├── NotReadyError              503  no version is in production yet
    ├── ModelServerAwayError       503  the model server can't be reached
    ├── ModelServerFailedError     503  the model server answered with an error of its own
    ├── StoreAwayError             503  the store can't be reached, so a version can't be described
    ├── UnusableVersionError       503  the version that answered can't be explained by this gateway
    ├── AirflowAwayError           503  Airflow can't be reached
    ├── AirflowRefusedError        503  Airflow doesn't let us, or doesn't know the pipeline
    └── TooSlowError               504  no answer before the deadline

They know nothing of HTTP but their status; `problems` makes the answer.
"""

from typing import ClassVar

from imaging import ImageRefusedError, Reason


class GatewayError(Exception):
    """The root; `detail` says what happened, `advice` what to do."""

    status: int
    kind: str
    title: str
    advice: str
    reason: str
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, detail: str, *, advice: str | None = None, reason: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason or self.kind.replace("-", "_")
        if advice is not None:
            self.advice = advice


class MalformedRequestError(GatewayError):
    """The bytes aren't what they claim to be."""

    status = 400
    kind = "malformed-request"
    title = "The request can't be read"
    advice = "Send it again in one of the forms shown in /docs."


class NotAuthenticatedError(GatewayError):
    """No admin key, or a wrong one."""

    status = 401
    kind = "not-authenticated"
    title = "This call needs the admin key"
    advice = "Send the header 'Authorization: Bearer <key>' with the key that the operator set as ACNEFLOW_ADMIN_KEY."


class AdminSwitchedOffError(GatewayError):
    """The operator has set no admin key."""

    status = 403
    kind = "admin-switched-off"
    title = "Admin calls are switched off"
    advice = "Set ACNEFLOW_ADMIN_KEY in the gateway's environment and restart it."


class NotFoundError(GatewayError):
    """No such version, channel or run."""

    status = 404
    kind = "not-found"
    title = "There is no such thing"
    advice = "Check the address; /docs lists what there is."


class KeyReusedError(GatewayError):
    """An idempotency key came back with other parameters."""

    status = 409
    kind = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"
    advice = "Use a new key for a new request, or send the same parameters again."


class BodyTooLargeError(GatewayError):
    """More bytes than this path accepts."""

    status = 413
    kind = "body-too-large"
    title = "The request is too large"
    advice = "Send less."


class UnsupportedMediaTypeError(GatewayError):
    """The body's Content-Type is none of those accepted."""

    status = 415
    kind = "unsupported-media-type"
    title = "This Content-Type isn't accepted"
    advice = (
        "Send the photo as multipart/form-data in the field 'image', or as the whole body with the Content-Type "
        "image/jpeg, image/png or image/webp."
    )


class RefusedImageError(GatewayError):
    """The photo can't be used."""

    status = 422
    kind = "image-refused"
    title = "The photo can't be used"
    advice = "Send another photo."

    def __init__(self, refusal: ImageRefusedError) -> None:
        super().__init__(_sentence(str(refusal)), advice=_IMAGE_ADVICE[refusal.reason], reason=refusal.reason.value)
        # 413 and 415 are what these two mean in HTTP; all else about the content is 422
        self.status = _IMAGE_STATUS.get(refusal.reason, 422)


class InvalidParametersError(GatewayError):
    """Parameters that break a rule."""

    status = 422
    kind = "invalid-parameters"
    title = "A parameter isn't valid"
    advice = "Correct it; /docs shows what is accepted."


class UnexpectedError(GatewayError):
    """A fault of ours; what happened stands in the log under the request's id."""

    status = 500
    kind = "internal-error"
    title = "The gateway failed"
    advice = "Try again; if it stays, give the operator the request id."


class NotReadyError(GatewayError):
    """No version is in production yet."""

    status = 503
    kind = "model-not-ready"
    title = "No model is in production yet"
    advice = "Start a training run, or wait for the one that is running."
    retry_after_s = 10


class ModelServerAwayError(GatewayError):
    """The model server can't be reached."""

    status = 503
    kind = "model-server-away"
    title = "The model server can't be reached"
    advice = "Try again shortly; if it stays, the operator must see what runs at ACNEFLOW_SERVING_ADDRESS."
    retry_after_s = 2


class ModelServerFailedError(GatewayError):
    """The model server answered with an error of its own."""

    status = 503
    kind = "model-server-failed"
    title = "The model server failed"
    advice = "Try again; if it stays, the operator finds the cause in the model server's log."
    retry_after_s = 2


class StoreAwayError(GatewayError):
    """The store can't be reached, so a version can't be described."""

    status = 503
    kind = "store-away"
    title = "The store can't be reached"
    advice = "Try again shortly; if it stays, the operator must see what runs at ACNEFLOW_STORE_ENDPOINT."
    retry_after_s = 5


class UnusableVersionError(GatewayError):
    """The version that answered can't be explained by this gateway."""

    status = 503
    kind = "version-unusable"
    title = "The version that is served can't be used"
    advice = "The operator must roll back, or publish a version that belongs to this release."
    retry_after_s = 10


class AirflowAwayError(GatewayError):
    """Airflow can't be reached."""

    status = 503
    kind = "airflow-away"
    title = "Airflow can't be reached"
    advice = "Try again once it runs (at ACNEFLOW_AIRFLOW_URL); predictions aren't affected."
    retry_after_s = 10


class AirflowRefusedError(GatewayError):
    """Airflow doesn't let us, or doesn't know the pipeline."""

    status = 503
    kind = "airflow-refused"
    title = "Airflow refused"
    advice = "The operator must see to Airflow's settings; predictions aren't affected."
    retry_after_s = 10


class TooSlowError(GatewayError):
    """No answer before the deadline."""

    status = 504
    kind = "deadline-exceeded"
    title = "The answer took too long"
    advice = "Try again; if it stays, the model server is overloaded or stuck."
    retry_after_s = 2


_IMAGE_STATUS = {Reason.TOO_MANY_BYTES: 413, Reason.UNSUPPORTED_FORMAT: 415}
_IMAGE_ADVICE = {
    Reason.EMPTY: "Choose a file that holds a photo.",
    Reason.TOO_MANY_BYTES: "Send a smaller file, for example the photo at half its size.",
    Reason.TOO_MANY_PIXELS: "Send the photo at a smaller size.",
    Reason.TOO_SMALL: "Send the photo at a larger size.",
    Reason.UNSUPPORTED_FORMAT: "Save the photo as JPEG, PNG or WebP and send that.",
    Reason.DAMAGED: "Save the photo again, or send the original file.",
}


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
