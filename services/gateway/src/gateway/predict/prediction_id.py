"""Prediction ids: what a prediction said, signed, so that a correction can name it without anything being stored.

An id is `<payload>.<signature>`, both base64url. Whoever holds the id can read the payload; of the photo it holds
nothing but a digest of the pixels. The signature is keyed BLAKE2b of 128 bits (RFC 7693, section 2.9), since HMAC gives
up the interpreter for each signature and gets it back behind the decoders. Nothing here knows HTTP or the clock.
"""

import base64
import binascii
import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import xxhash
from pydantic_core import to_json

LIFETIME = timedelta(days=30)
"""How long a prediction can be corrected."""
SIGNATURE_BYTES = 16
MAX_LENGTH = 512
"""No id that was ever issued is longer."""
PURPOSE = b"prediction id 3"


class InvalidPredictionIdError(ValueError):
    """No id of ours, or one that is too old; the message says which."""


@dataclass(frozen=True, slots=True)
class PastPrediction:
    id: str
    """Sixteen hexadecimal digits, unique: what a record about this prediction may be called."""
    model: str
    version: int
    label: str
    """The most probable class."""
    pixels_digest: str
    """Of the pixels the model saw; see `pixels_digest`."""
    at: datetime


class PredictionIds:
    """Issues and reads ids with one key; gateways that share the key read each other's."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.blake2b(secret.encode(), person=PURPOSE).digest()

    def issue(self, *, model: str, version: int, label: str, digest: str, at: datetime) -> str:
        """The id of a prediction that was just made; `digest` is that of `pixels_digest`."""
        number = f"{random.getrandbits(64):016x}"  # no secret, so it needs no random bytes of the system
        payload = _encode(to_json([number, model, version, label, digest, int(at.timestamp())]))
        return f"{payload}.{self._signature(payload)}"

    def read(self, prediction_id: str, *, now: datetime) -> PastPrediction:
        """What was said.

        Raises:
            InvalidPredictionIdError: if the id isn't signed with this key, or is older than `LIFETIME`.
        """
        payload, _, signature = prediction_id.partition(".")
        known = len(prediction_id) <= MAX_LENGTH and prediction_id.isascii()
        if not known or not hmac.compare_digest(signature, self._signature(payload)):
            raise InvalidPredictionIdError("expected the prediction_id of an answer of this gateway, got another text")
        try:
            number, model, version, label, digest, seconds = json.loads(_decode(payload))
        except (ValueError, binascii.Error) as error:
            raise InvalidPredictionIdError("expected a prediction_id of this release") from error
        at = datetime.fromtimestamp(seconds, UTC)
        if now - at > LIFETIME:
            msg = f"the prediction was made at {at:%Y-%m-%d}; it can be corrected for {LIFETIME.days} days"
            raise InvalidPredictionIdError(msg)
        return PastPrediction(number, model, version, label, digest, at)

    def _signature(self, payload: str) -> str:
        return _encode(hashlib.blake2b(payload.encode(), key=self._key, digest_size=SIGNATURE_BYTES).digest())


def pixels_digest(pixels: npt.NDArray[np.uint8]) -> str:
    """By which a photo is recognized: XXH3 of what `imaging.read_pixels` gives, 16 hexadecimal digits.

    No proof against a photo that was made to have another's digest, from which nobody would gain anything.
    """
    return xxhash.xxh3_64_hexdigest(np.ascontiguousarray(pixels).data)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
