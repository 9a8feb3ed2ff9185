"""OpenTelemetry traces: a span for each request and each stage of a prediction, handed on to the model server.

An extra (`acneflow-gateway[otel]`), started only where `OTEL_EXPORTER_OTLP_ENDPOINT` says where traces go. Without it
every call here does nothing and nothing is imported.
"""
# ruff: noqa: PLC0415

import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import Scope

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""OpenTelemetry's own variables; its others (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` …) are obeyed, too."""

_tracers: "list[Tracer]" = []
_NOTHING = nullcontext()


def start_if_wanted() -> None:
    """Send traces from now on, if the environment says where to; ImportError if the extra isn't installed."""
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


def request_span(scope: Scope, request_id: str) -> AbstractContextManager[object]:
    """Around one request; goes on with the caller's trace if it sent one (`traceparent`, W3C Trace Context)."""
    if not _tracers:
        return _NOTHING
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    attributes = {"http.request.method": scope["method"], "acneflow.request_id": request_id}
    return _tracers[0].start_as_current_span(
        f"{scope['method']} request",
        context=extract(Headers(scope=scope)),
        kind=SpanKind.SERVER,
        attributes=attributes,
    )


def span(name: str) -> AbstractContextManager[object]:
    return _tracers[0].start_as_current_span(name) if _tracers else _NOTHING


def grpc_metadata() -> tuple[tuple[str, str], ...] | None:
    """What tells the model server which trace its work belongs to."""
    if not _tracers:
        return None
    from opentelemetry.propagate import inject

    carrier: dict[str, str] = {}
    inject(carrier)
    return tuple(carrier.items())
