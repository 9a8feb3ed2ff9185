"""The three signatures that every version has, and what a request must bring for each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from serving.errors import Code, RequestRefusedError

DEFAULT_SIGNATURE = "serving_default"

PREDICTIONS = ("probabilities", "logits", "embedding", "support", "classes")


class InputKind(Enum):
    """What a signature takes, N at a time."""

    PHOTOS = auto()
    """Encoded pictures, string [N]."""
    PIXELS = auto()
    """uint8 [N, 224, 224, 3]"""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature; each takes one input."""

    name: str
    input_name: str
    kind: InputKind
    outputs: tuple[str, ...]

    def check_inputs(self, names: Collection[str]) -> None:
        """Refuse a request whose inputs aren't exactly this signature's.

        Raises:
            RequestRefusedError: INVALID_ARGUMENT.
        """
        if set(names) != {self.input_name}:
            given = ", ".join(sorted(names)) or "none"
            message = f"signature {self.name!r} takes the one input {self.input_name!r}; got {given}"
            raise RequestRefusedError(Code.INVALID_ARGUMENT, message)

    def select(self, output_filter: Sequence[str]) -> tuple[str, ...]:
        """The outputs that are asked for; an empty filter asks for all.

        Raises:
            RequestRefusedError: INVALID_ARGUMENT if one isn't there or stands there twice.
        """
        for name in output_filter:
            if name not in self.outputs:
                message = f"signature {self.name!r} has no output {name!r}, only {', '.join(self.outputs)}"
                raise RequestRefusedError(Code.INVALID_ARGUMENT, message)
            if output_filter.count(name) > 1:
                raise RequestRefusedError(Code.INVALID_ARGUMENT, f"output {name!r} is asked for more than once")
        return tuple(output_filter) or self.outputs


SIGNATURES = {
    signature.name: signature
    for signature in (
        Signature(DEFAULT_SIGNATURE, "image_bytes", InputKind.PHOTOS, PREDICTIONS),
        Signature("pixels", "pixels", InputKind.PIXELS, PREDICTIONS),
        Signature("explain", "pixels", InputKind.PIXELS, (*PREDICTIONS, "heatmap")),
    )
}


def find_signature(name: str) -> Signature:
    """A signature by its name; the empty name is the default one.

    Raises:
        RequestRefusedError: FAILED_PRECONDITION if there is none of that name.
    """
    signature = SIGNATURES.get(name or DEFAULT_SIGNATURE)
    if signature is None:
        message = f"there is no signature {name!r}, only {', '.join(SIGNATURES)}"
        raise RequestRefusedError(Code.FAILED_PRECONDITION, message)
    return signature
