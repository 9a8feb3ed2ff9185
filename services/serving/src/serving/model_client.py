"""Asks a model server, TensorFlow Serving's or ours, over gRPC; and holds its golden predictions against `model.json`.

The golden pictures are nobody's photo: they tell whether a version answers as it did when it was published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import grpc
import numpy as np
import numpy.typing as npt

from contracts.models.outputs import CLASSES, PREDICT_PIXELS, PROBABILITIES
from contracts.models.version import ModelDescription
from imaging import golden_pixels
from serving.errors import Code, ModelServerError, RequestRefusedError, VersionRefusedError
from wire import InvalidTensorError, Method, Methods, bytes_tensor, from_tensor, tensor
from wire import serving_pb2 as pb

STATUS_TIMEOUT_S = 2.0
PREDICT_TIMEOUT_S = 10.0

GOLDEN_TOLERANCE = 0.02
"""Largest accepted difference of a probability: `golden` comes from LiteRT, and TensorFlow may differ so much."""

_OPTIONS = (
    # a server that comes back after an hour is found within a second, not after the default two minutes
    ("grpc.max_reconnect_backoff_ms", 1000),
)
_REFUSALS = {code.value for code in Code} - {Code.RESOURCE_EXHAUSTED, Code.DEADLINE_EXCEEDED}


@dataclass(frozen=True, slots=True)
class GoldenAnswer:
    version: int
    probabilities: npt.NDArray[np.float32]
    """[G, K]"""
    classes: list[bytes]


class ModelClient:
    """One server and one model; close it (or use `with`).

    Its methods raise ModelServerError if the server doesn't answer, RequestRefusedError if it refuses.
    """

    def __init__(self, address: str, model: str) -> None:
        self.address = address
        self._model = model
        self._channel = grpc.insecure_channel(address, options=_OPTIONS)

    def statuses(self) -> Mapping[int, pb.ModelVersionStatus]:
        """What the server knows of the model's versions; empty if it has never heard of the model."""
        request = pb.GetModelStatusRequest(model_spec=pb.ModelSpec(name=self._model))
        try:
            response = self._call(Methods.status, request, STATUS_TIMEOUT_S)
        except RequestRefusedError as refused:
            if refused.code is Code.NOT_FOUND:
                return {}
            raise
        return {status.version: status for status in response.model_version_status}

    def reload(self, config: pb.ModelServerConfig) -> None:
        """Make the server follow `config` now rather than when it next reads its file."""
        self._call(Methods.reload, pb.ReloadConfigRequest(config=config), PREDICT_TIMEOUT_S)

    def golden(self, *, version: int | None = None, label: str | None = None) -> GoldenAnswer:
        """Ask for predictions on the golden pictures; RequestRefusedError for a version that it can't run."""
        spec = pb.ModelSpec(name=self._model, signature_name=PREDICT_PIXELS.name)
        if version is not None:
            spec.version.value = version
        elif label is not None:
            spec.version_label = label
        request = pb.PredictRequest(
            model_spec=spec,
            inputs={PREDICT_PIXELS.input.name: tensor(golden_pixels())},
            output_filter=(PROBABILITIES.name, CLASSES.name),
        )
        response = self._call(Methods.predict, request, PREDICT_TIMEOUT_S)
        try:
            probabilities = np.asarray(from_tensor(response.outputs[PROBABILITIES.name]), dtype=np.float32)
            classes = bytes_tensor(response.outputs[CLASSES.name])
        except InvalidTensorError as error:
            msg = f"the model server at {self.address} gave an answer that can't be read: {error}"
            raise ModelServerError(msg) from error
        return GoldenAnswer(response.model_spec.version.value, probabilities, classes)

    def close(self) -> None:
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _call(self, method: Method, request: Any, timeout_s: float) -> Any:
        try:
            return method.on(self._channel)(request, timeout=timeout_s)
        except grpc.RpcError as error:
            number, message = error.code().value[0], error.details()
            if number in _REFUSALS:
                raise RequestRefusedError(Code(number), str(message)) from error
            msg = f"the model server at {self.address} doesn't answer ({error.code().name})"
            raise ModelServerError(msg) from error


def check_golden(
    description: ModelDescription, probabilities: npt.NDArray[np.float32], classes: Sequence[bytes]
) -> None:
    """Compare what a server says of `imaging.golden_pixels()` with what `model.json` recorded.

    Args:
        description: the version's `model.json`.
        probabilities: [G, K], for the G golden pictures.
        classes: the K names that the server gave.

    Raises:
        VersionRefusedError: if they differ.
    """
    expected_classes = [label.name for label in description.classes]
    found_classes = [name.decode(errors="replace") for name in classes]
    if found_classes != expected_classes:
        msg = f"it answers with the classes {found_classes}, but model.json says {expected_classes}"
        raise VersionRefusedError(msg)
    expected = np.asarray(description.golden, dtype=np.float64)
    if expected.shape != probabilities.shape:
        msg = f"model.json records golden predictions of shape {expected.shape}, the server gave {probabilities.shape}"
        raise VersionRefusedError(msg)
    difference = float(np.max(np.abs(expected - probabilities)))
    # a NaN compares as false, so the question is put this way round
    if not difference <= GOLDEN_TOLERANCE:
        msg = (
            f"its golden predictions differ from model.json by up to {difference:.3f}; "
            f"at most {GOLDEN_TOLERANCE} is accepted"
        )
        raise VersionRefusedError(msg)
