"""Requests that are serialized once are those that they stand for."""

import numpy as np

from imaging import golden_pixels
from wire import request_head, tensor
from wire import serving_pb2 as pb

SPEC = pb.ModelSpec(name="acne", version_label="production", signature_name="pixels")


def test_a_head_and_its_pixels_are_the_whole_request() -> None:
    pixels = golden_pixels()[:1]
    head = request_head(SPEC, "pixels", pixels.shape, ["probabilities", "support"])
    whole = pb.PredictRequest(
        model_spec=SPEC, inputs={"pixels": tensor(pixels)}, output_filter=["probabilities", "support"]
    )
    assert pb.PredictRequest.FromString(head + pixels.tobytes()) == whole
    assert pb.PredictRequest.FromString(head + np.zeros_like(pixels).tobytes()) != whole
