"""What Prometheus is told. Labels come from short closed lists, never from what a request brings."""

from collections.abc import Callable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.predict.admission import Admission
from runtime.breaker import Circuit, CircuitBreaker

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STAGES = ("upload", "queue", "decode", "model", "total")
SECONDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10)
CONFIDENCES = tuple(step / 20 for step in range(1, 21))


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        # by their labels, found once: looking one up costs more than counting
        def counter(name: str, text: str, *labels: str) -> Callable[..., Counter]:
            return lru_cache(Counter(f"acneflow_gateway_{name}", text, labels, registry=self.registry).labels)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"acneflow_gateway_{name}", text, labels, registry=self.registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Callable[..., Histogram]:
            whole = Histogram(f"acneflow_gateway_{name}", text, labels, buckets=buckets, registry=self.registry)
            return lru_cache(whole.labels)

        stages = histogram("stage_seconds", f"Time of a prediction by stage: {', '.join(STAGES)}.", SECONDS, "stage")
        self.stage = {name: stages(name) for name in STAGES}
        self.answers = counter("http_answers", "Answers by route and status.", "route", "status")
        self.refusals = counter("refusals", "Requests that weren't served, by reason.", "reason")
        self.predictions = counter(
            "predictions", "Predictions by version, decision and class.", "version", "decision", "label"
        )
        self.confidence = histogram("confidence", "Calibrated probability of the top class.", CONFIDENCES, "version")
        self.shadow = counter(
            "shadow", "Photos that the candidate saw beside production: agree, disagree, failed, skipped.", "outcome"
        )
        self.in_flight = gauge("in_flight", "Photos that hold a place.")
        self.queue = gauge("queue", "Photos that wait for a place.")
        self.room = gauge("queue_room", "How many may wait now.")
        self.circuit = gauge("circuit_open", "1 while the model server isn't asked, 0.5 while it is probed.")
        self.summaries = counter("summaries", "Summaries of predictions: written, lost.", "outcome")
        self.psi = gauge("drift_psi", "Population stability index against the validation images.", "version", "of")

    def watch(self, admission: Admission, breaker: CircuitBreaker) -> None:
        """Read these whenever Prometheus asks."""
        opened = {Circuit.CLOSED: 0.0, Circuit.HALF_OPEN: 0.5}
        self.in_flight.set_function(lambda: admission.busy)
        self.queue.set_function(lambda: admission.waiting)
        self.room.set_function(lambda: admission.room)
        self.circuit.set_function(lambda: opened.get(breaker.state, 1.0))

    def page(self) -> bytes:
        return generate_latest(self.registry)
