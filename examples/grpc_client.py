"""Ask the model server over gRPC, with the official TensorFlow Serving client.

Works unchanged against TensorFlow Serving and against the embedded model server:

    pip install tensorflow-serving-api==2.21.0
    python examples/grpc_client.py photo.jpg                        # production, by its label
    python examples/grpc_client.py photo.jpg --version 7            # one version, by its number
    python examples/grpc_client.py photo.jpg --signature pixels     # decoded here instead of on the server
    python examples/grpc_client.py photo.jpg --deadline-s 0.5       # fail rather than wait longer

`--signature pixels` needs this project's `imaging` library as well, because the pixels must be made in the way the
model was trained with. The official package brings all of TensorFlow; a client that can't afford that finds the same
messages in `libs/wire`.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

RETRY_UNAVAILABLE = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{"service": "tensorflow.serving.PredictionService"}],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)
"""gRPC retries nothing by itself; a server that is just being replaced is worth a second try, a wrong request isn't."""


def main() -> None:
    """Classify the photos on the command line and print each one's classes, most probable first."""
    options = _options()
    request = predict_pb2.PredictRequest()
    request.model_spec.name = options.model
    request.model_spec.signature_name = options.signature
    if options.version is not None:
        request.model_spec.version.value = options.version
    else:
        request.model_spec.version_label = options.label
    request.output_filter.extend(["probabilities", "classes", "support"])
    name, value = _input(options.signature, [path.read_bytes() for path in options.photos])
    request.inputs[name].CopyFrom(value)
    channel_options = [("grpc.service_config", RETRY_UNAVAILABLE)]
    with grpc.insecure_channel(options.address, options=channel_options) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        try:
            response = stub.Predict(request, timeout=options.deadline_s)
        except grpc.RpcError as error:
            sys.exit(f"error: {error.code().name}: {error.details()}")
    _show(options.photos, response)


def _input(signature: str, photos: list[bytes]) -> tuple[str, Any]:
    if signature == "pixels":
        from imaging import read_pixels  # noqa: PLC0415 - only this signature needs it

        return "pixels", tf.make_tensor_proto(np.stack([read_pixels(photo) for photo in photos]))
    return "image_bytes", tf.make_tensor_proto(photos, shape=[len(photos)])


def _show(photos: list[Path], response: Any) -> None:
    classes = [name.decode() for name in tf.make_ndarray(response.outputs["classes"])]
    probabilities = tf.make_ndarray(response.outputs["probabilities"])
    support = tf.make_ndarray(response.outputs["support"])
    for path, row, known in zip(photos, probabilities, support, strict=True):
        print(f"{path} (version {response.model_spec.version.value}, support {known:.3f})")
        for number in np.argsort(-row):
            print(f"  {row[number]:.6f} {classes[number]}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Classify photos over gRPC with the official client.")
    parser.add_argument("photos", nargs="+", type=Path, help="JPEG or PNG files")
    parser.add_argument("--address", default="127.0.0.1:8500", help="the model server's gRPC port")
    parser.add_argument("--model", default="acne", help="the model's name")
    parser.add_argument("--label", default="production", help="which version, by its label")
    parser.add_argument("--version", type=int, help="which version, by its number; goes before --label")
    parser.add_argument("--signature", default="serving_default", choices=["serving_default", "pixels"])
    parser.add_argument("--deadline-s", type=float, default=5.0, help="give up after so many seconds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
