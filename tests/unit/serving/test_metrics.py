"""TensorFlow Serving's metrics, under its names, in Prometheus' text format."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving.errors import Code, RequestRefusedError
from serving.server.metrics import Metrics


def test_requests_are_counted_by_how_they_end() -> None:
    metrics = Metrics()
    for _ in range(2):
        with metrics.timing("acne", entrypoint="GRPC"):
            pass
    with pytest.raises(RequestRefusedError), metrics.timing("acne", entrypoint="REST"):
        raise RequestRefusedError(Code.RESOURCE_EXHAUSTED, "full")
    text = metrics.text({})
    assert ':tensorflow:serving:request_count{model_name="acne",status="OK"} 2' in text
    assert ':tensorflow:serving:request_count{model_name="acne",status="RESOURCE_EXHAUSTED"} 1' in text


def test_names_that_arent_there_make_no_series_of_their_own() -> None:
    metrics = Metrics()
    for name in ("a", "b"):
        with pytest.raises(RequestRefusedError), metrics.timing(name, entrypoint="GRPC"):
            raise RequestRefusedError(Code.NOT_FOUND, "no such model")
    assert ':tensorflow:serving:request_count{model_name="",status="NOT_FOUND"} 2' in metrics.text({})


def test_a_histogram_has_tensorflow_servings_buckets_and_adds_up() -> None:
    metrics = Metrics()
    for seconds in (0.000_005, 0.000_015, 3600.0 * 24):
        metrics.ran("acne", seconds)
    text = metrics.text({"acneflow_serving_waiting_images": [({}, 3)]})
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = families[":tensorflow:serving:runtime_latency"].samples
    buckets = {sample.labels["le"]: sample.value for sample in samples if sample.name.endswith("_bucket")}
    assert len(buckets) == 34
    assert (buckets["10"], buckets["18"], buckets["+Inf"]) == (1, 2, 3)
    assert families["acneflow_serving_waiting_images"].samples[0].value == 3


def test_odd_names_are_escaped() -> None:
    metrics = Metrics()
    metrics.loaded('/a"b', ok=False, took_s=1.0)
    text = metrics.text({})
    assert r'{model_path="/a\"b",status="fail"} 1' in text
    assert list(text_string_to_metric_families(text))
