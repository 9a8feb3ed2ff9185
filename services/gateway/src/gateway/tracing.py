"""OpenTelemetry traces: a span for each request and each stage of a prediction, handed on to the model server.

An extra (`acneflow-gateway[otel]`), started only where `OTEL_EXPORTER_OTLP_ENDPOINT` says where traces go. Without it
every call here does nothing and nothing is imported.
"""
# ruff: noqa: PLC0415

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""OpenTelemetry's own variables; its others (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` …) are obeyed, too."""

_tracers: "list[Tracer]" = []


def start_if_wanted() -> None:
    """Send traces from now on, if the environment says where to.

    Raises:
        ImportError: if the extra isn't installed.
    """
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "acneflow-gateway")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _tracers.append(trace.get_tracer("gateway"))


@contextmanager
def request_span(method: str, headers: Mapping[str, str], request_id: str) -> Iterator[None]:
    """Around one request; goes on with the caller's trace if it sent one (`traceparent`, W3C Trace Context)."""
    if not _tracers:
        yield
        return
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    attributes = {"http.request.method": method, "acneflow.request_id": request_id}
    with _tracers[0].start_as_current_span(
        f"{method} request", context=extract(headers), kind=SpanKind.SERVER, attributes=attributes
    ):
        yield


@contextmanager
def span(name: str) -> Iterator[None]:
    """Around one stage."""
    if not _tracers:
        yield
        return
    with _tracers[0].start_as_current_span(name):
        yield


def grpc_metadata() -> tuple[tuple[str, str], ...] | None:
    """What tells the model server which trace its work belongs to."""
    if not _tracers:
        return None
    from opentelemetry.propagate import inject

    carrier: dict[str, str] = {}
    inject(carrier)
    return tuple(carrier.items())
