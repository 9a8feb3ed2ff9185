"""Everything that can go wrong at the gateway, each with what to do about it.

    GatewayError
    ├── MalformedRequestError      400  the bytes aren't the form or JSON that they claim to be
    ├── NotAuthenticatedError      401  no key, or one that isn't valid
    ├── AdminSwitchedOffError      403  the operator has set no admin key
    ├── NotAllowedError            403  the key doesn't open this call
    ├── AddressNotAllowedError     403  photos aren't fetched from there
    ├── NotFoundError              404  no such version, channel or run
    ├── ConflictError              409  that can't be done as things stand
    ├── KeyReusedError             409  an idempotency key came back with other parameters
    ├── SlowUploadError            408  the body comes too slowly
    ├── LengthRequiredError        411  the body's length must be declared
    ├── BodyTooLargeError          413  more bytes than this path accepts
    ├── UnsupportedMediaTypeError  415  the body's Content-Type is none of those accepted
    ├── RefusedImageError          413, 415 or 422  the photo can't be used
    ├── InvalidParametersError     422  parameters that break a rule
    ├── AddressUnusableError       422  the address doesn't lead to a photo
    ├── BusyError                  429  more requests than can be answered in time
    ├── RateLimitedError           429  more requests than this key may send
    ├── UnexpectedError            500  a fault of ours
    ├── NotReadyError              503  no version is in production yet
    ├── ModelServerAwayError       503  the model server can't be reached
    ├── ModelServerFailedError     503  the model server answered with an error of its own
    ├── StoreAwayError             503  the store can't be reached, so a version can't be described
    ├── DamagedObjectError         503  a document in the store isn't what it should be
    ├── UnusableVersionError       503  the version that answered can't be explained by this gateway
    ├── AirflowAwayError           503  Airflow can't be reached
    ├── AirflowRefusedError        503  Airflow doesn't let us, or doesn't know the pipeline
    ├── AirflowDoorClosedError     503  whoever could start Airflow can't be reached, or isn't set up
    └── TooSlowError               504  no answer before the deadline

They know nothing of HTTP but their status; `problems` makes the answer.
"""

from imaging import ImageRefusedError, Reason, formats


class GatewayError(Exception):
    """The root; `detail` says what happened, `advice` what to do."""

    status: int
    kind: str
    title: str
    advice: str
    reason: str
    retry_after_s: int | None = None
    """Whole seconds after which trying again makes sense."""

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
        self.retry_after_s = self.retry_after_s if retry_after_s is None else retry_after_s
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
    """No key, or one that isn't valid."""

    status = 401
    kind = "not-authenticated"
    title = "This call needs a key"
    advice = (
        "Send the header 'Authorization: Bearer <key>' with ACNEFLOW_ADMIN_KEY, or a key that the operator made by "
        "`acneflow keys create`."
    )


class AdminSwitchedOffError(GatewayError):
    """The operator has set no admin key."""

    status = 403
    kind = "admin-switched-off"
    title = "Admin calls are switched off"
    advice = "Set ACNEFLOW_ADMIN_KEY in the gateway's environment and restart it."


class NotAllowedError(GatewayError):
    """The key doesn't open this call."""

    status = 403
    kind = "not-allowed"
    title = "This key doesn't open this call"
    advice = "Use a key with the role 'admin'."


class AddressNotAllowedError(GatewayError):
    """Photos aren't fetched from there."""

    status = 403
    kind = "address-not-allowed"
    title = "Photos aren't fetched from there"
    advice = "Send the photo itself; or the operator adds the site to ACNEFLOW_GATEWAY_IMAGE_SITES."


class NotFoundError(GatewayError):
    """No such version, channel or run."""

    status = 404
    kind = "not-found"
    title = "There is no such thing"
    advice = "Check the address; /docs lists what there is."


class ConflictError(GatewayError):
    """That can't be done as things stand."""

    status = 409
    kind = "conflict"
    title = "That can't be done as things stand"
    advice = "Read how things stand, and decide again."


class KeyReusedError(GatewayError):
    """An idempotency key came back with other parameters."""

    status = 409
    kind = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"
    advice = "Use a new key for a new request, or send the same parameters again."


class SlowUploadError(GatewayError):
    """The body comes too slowly."""

    status = 408
    kind = "upload-too-slow"
    title = "The upload is too slow"
    advice = "Send a smaller photo, or send it again over a better connection."


class LengthRequiredError(GatewayError):
    """The body's length must be declared."""

    status = 411
    kind = "length-required"
    title = "The request doesn't say how large it is"
    advice = "Send a Content-Length; a chunked body isn't accepted here."


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
        "image/jpeg, image/png, image/webp or image/heic."
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


class AddressUnusableError(GatewayError):
    """The address doesn't lead to a photo."""

    status = 422
    kind = "address-unusable"
    title = "The address doesn't lead to a photo"
    advice = "Open the address in a browser to see what is there, or send the photo itself."


class BusyError(GatewayError):
    """More requests than can be answered in time."""

    status = 429
    kind = "busy"
    title = "Too many requests at the moment"
    advice = "Send it again after the seconds that Retry-After says."
    retry_after_s = 1


class RateLimitedError(GatewayError):
    """More requests than this key may send."""

    status = 429
    kind = "rate-limited"
    title = "This key has sent too many requests"
    advice = "Send it again after the seconds that Retry-After says; the operator sets how many a key may send."
    retry_after_s = 1


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


class DamagedObjectError(GatewayError):
    """A document in the store isn't what it should be."""

    status = 503
    kind = "object-damaged"
    title = "A document in the store is damaged"
    advice = "The operator finds in the gateway's log which one, and what is wrong with it."


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


class AirflowDoorClosedError(GatewayError):
    """Whoever could start Airflow can't be reached, or isn't set up."""

    status = 503
    kind = "airflow-door-closed"
    title = "Airflow can't be started from here"
    advice = (
        "The operator must start Airflow, or set ACNEFLOW_SUPERVISOR_SOCKET or ACNEFLOW_AIRFLOW_DOOR for the gateway."
    )


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
    Reason.UNSUPPORTED_FORMAT: f"Save the photo as {formats.NAMES} and send that.",
    Reason.DAMAGED: "Save the photo again, or send the original file.",
}


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
