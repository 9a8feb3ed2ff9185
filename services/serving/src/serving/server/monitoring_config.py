"""TensorFlow Serving's monitoring config file, as far as it says where Prometheus asks.

https://www.tensorflow.org/tfx/serving/serving_config#monitoring_configuration
"""

from pathlib import Path

from google.protobuf import text_format

from serving.errors import StartError
from wire import serving_pb2 as pb

DEFAULT_PATH = "/monitoring/prometheus/metrics"


def metrics_path(file: Path | None) -> str:
    """The path of the metrics; empty if the file says that there are none, the usual one without a file.

    Raises:
        StartError: if the file can't be read.
    """
    if file is None:
        return DEFAULT_PATH
    try:
        config = text_format.Parse(file.read_text(), pb.MonitoringConfig())
    except OSError as error:
        msg = f"the monitoring config {file} can't be read: {error.strerror}"
        raise StartError(msg) from error
    except text_format.ParseError as error:
        msg = f"{file} is no MonitoringConfig in protobuf text format: {error}"
        raise StartError(msg) from error
    if not config.prometheus_config.enable:
        return ""
    path = config.prometheus_config.path or DEFAULT_PATH
    if not path.startswith("/"):
        msg = f"{file}: the path of the metrics must begin with a slash, got {path!r}"
        raise StartError(msg)
    return path
