"""The warm-up file is one that TensorFlow reads, and its requests are ones that a version can answer."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from contracts.models.version import ModelDescription
from serving.sync.warmup import write_warmup
from support.versions import Versions


def test_every_signature_is_warmed_up_with_a_request_that_the_saved_model_answers(
    tmp_path: Path, versions: Versions
) -> None:
    write_warmup(tmp_path, "acne")
    # refuses a record whose checksum is wrong
    records = list(tf.data.TFRecordDataset(str(tmp_path / "assets.extra" / "tf_serving_warmup_requests")))
    saved: Any = tf.saved_model.load(str(versions.folder(1) / "saved_model"))
    description: ModelDescription = versions.describe(1)
    asked = []
    for record in records:
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        assert request.model_spec.name == "acne"
        ((name, value),) = request.inputs.items()
        answer = saved.signatures[request.model_spec.signature_name](**{name: tf.constant(tf.make_ndarray(value))})
        assert np.allclose(answer["probabilities"][0], description.golden[1], atol=0.02)
        asked.append(request.model_spec.signature_name)
    assert set(asked) == {"serving_default", "pixels", "explain"}
