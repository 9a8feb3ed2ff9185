"""The two config files of TensorFlow Serving that never change: monitoring, and batching for a GPU.

docs/serving.md shows the command lines that name them. The third, which models to load, is `volume`'s.
"""

from pathlib import Path

MONITORING = """\
# Written by `serving sync`; for --monitoring_config_file.
prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }
"""

BATCHING = """\
# Written by `serving sync`; for --batching_parameters_file with --enable_batching=true, on a GPU only: on a CPU a
# batch makes no image cheaper and every image wait.
max_batch_size { value: 32 }
batch_timeout_micros { value: 2000 }
num_batch_threads { value: 2 }
max_enqueued_batches { value: 64 }
allowed_batch_sizes: 1
allowed_batch_sizes: 4
allowed_batch_sizes: 16
allowed_batch_sizes: 32
"""


def write_configs(volume: Path) -> None:
    """Write `monitoring.config` and `batching.config` onto the serving volume."""
    for name, text in {"monitoring.config": MONITORING, "batching.config": BATCHING}.items():
        partial = volume / f".{name}.tmp"
        partial.write_text(text)
        partial.replace(volume / name)
