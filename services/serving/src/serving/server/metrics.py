"""What the server counts, in Prometheus' text format, under TensorFlow Serving's names where it has them.

Its names begin with a colon and its counters have no `_total`, which Prometheus' own client can't write
(https://prometheus.io/docs/instrumenting/exposition_formats/).
"""

import asyncio
import bisect
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from serving.errors import Code, RequestRefusedError
from wire import InvalidTensorError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS_US = tuple(10 * 1.8**exponent for exponent in range(33))
"""Upper bounds in microseconds, TensorFlow Serving's own: Exponential(10, 1.8, 33)."""

Labels = tuple[tuple[str, str], ...]

_STATUS: dict[type[BaseException], str] = {
    InvalidTensorError: "INVALID_ARGUMENT",
    asyncio.CancelledError: "CANCELLED",
}


@dataclass(slots=True)
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_US) + 1))
    total: float = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect.bisect_left(BUCKETS_US, value)] += 1
        self.total += value


class Metrics:
    """Counters and histograms of one server; used on its event loop only."""

    def __init__(self) -> None:
        self._counters: dict[str, Counter[Labels]] = {}
        self._histograms: dict[str, dict[Labels, _Histogram]] = {}

    @contextmanager
    def timing(self, model: str, *, entrypoint: str) -> Iterator[None]:
        """Count and time one prediction, by how it ends; `entrypoint` is `GRPC` or `REST`."""
        began = time.monotonic()
        status = "OK"
        try:
            yield
        except RequestRefusedError as refused:
            status = refused.code.name
            if refused.code is Code.NOT_FOUND:
                # any name can be asked for, and each would be a series of its own
                model = ""
            raise
        except (Exception, asyncio.CancelledError) as error:
            status = _STATUS.get(type(error), "INTERNAL")
            raise
        finally:
            self._count(":tensorflow:serving:request_count", model_name=model, status=status)
            took_s = time.monotonic() - began
            labels = {"model_name": model, "API": "Predict", "entrypoint": entrypoint}
            self._observe(":tensorflow:serving:request_latency", took_s, **labels)

    def ran(self, model: str, took_s: float) -> None:
        """The network of a request has run, its wait in the queue included."""
        self._observe(":tensorflow:serving:runtime_latency", took_s, model_name=model, API="Predict", runtime="LiteRT")

    def loaded(self, path: str, *, ok: bool, took_s: float) -> None:
        status = "success" if ok else "fail"
        self._count(":tensorflow:cc:saved_model:load_attempt_count", model_path=path, status=status)
        self._count(":tensorflow:cc:saved_model:load_latency", round(took_s * 1e6), model_path=path)
        self._observe(":tensorflow:serving:model_warmup_latency", took_s, model_path=path, status=status)

    def text(self, gauges: Mapping[str, Iterable[tuple[Mapping[str, str], float]]]) -> str:
        """Everything counted so far, and `gauges` as they are now: name → (labels, value)."""
        lines = []
        for name, counter in self._counters.items():
            lines.append(f"# TYPE {name} counter")
            lines.extend(f"{name}{_label_text(labels)} {value}" for labels, value in counter.items())
        for name, histograms in self._histograms.items():
            lines.append(f"# TYPE {name} histogram")
            for labels, histogram in histograms.items():
                lines.extend(_histogram(name, labels, histogram))
        for name, values in gauges.items():
            lines.append(f"# TYPE {name} gauge")
            lines.extend(f"{name}{_label_text(tuple(labels.items()))} {value:g}" for labels, value in values)
        return "\n".join([*lines, ""])

    def _count(self, name: str, by: int = 1, **labels: str) -> None:
        self._counters.setdefault(name, Counter())[tuple(labels.items())] += by

    def _observe(self, name: str, took_s: float, **labels: str) -> None:
        series = self._histograms.setdefault(name, {})
        series.setdefault(tuple(labels.items()), _Histogram()).observe(took_s * 1e6)


def _histogram(name: str, labels: Labels, histogram: _Histogram) -> Iterable[str]:
    seen = 0
    for bound, count in zip((*BUCKETS_US, float("inf")), histogram.counts, strict=True):
        seen += count
        le = "+Inf" if bound == float("inf") else f"{bound:g}"
        yield f"{name}_bucket{_label_text((*labels, ('le', le)))} {seen}"
    yield f"{name}_sum{_label_text(labels)} {histogram.total:g}"
    yield f"{name}_count{_label_text(labels)} {seen}"


def _label_text(labels: Labels) -> str:
    escaped = ((name, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for name, value in labels)
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}"
