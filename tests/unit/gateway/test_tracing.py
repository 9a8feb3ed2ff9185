"""Traces: sent as OTLP to whoever the operator names, one trace from the caller through the stages."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import grpc
import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from support.gateway import Backend, running_gateway
from support.photos import photo

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_prediction_is_one_trace_that_goes_on_with_the_callers(backend: Backend, tmp_path: Path) -> None:
    received: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            import gzip

            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            received.append(ExportTraceServiceRequest.FromString(gzip.decompress(body) if packed else body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    environment = {
        **backend.environment,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    try:
        with running_gateway(environment, tmp_path / "log", until="/readyz") as gateway:
            headers = {"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}
            answer = httpx.post(f"{gateway.url}/v1/predict", files={"image": photo()}, headers=headers)
            assert answer.status_code == 200, answer.text
            deadline = time.monotonic() + 20
            while not {"decode", "model", "POST request"} <= (names := _names(received)):
                assert time.monotonic() < deadline, names
                time.sleep(0.05)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_model_server_is_told_which_trace_its_work_belongs_to(backend: Backend, tmp_path: Path) -> None:
    told: list[dict[str, str | bytes]] = []
    with _listening(told) as address:
        environment = {
            **backend.environment,
            "ACNEFLOW_SERVING_ADDRESS": address,
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        }
        with running_gateway(environment, tmp_path / "log") as gateway:
            headers = {"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}
            answer = httpx.post(f"{gateway.url}/v1/predict", files={"image": photo()}, headers=headers, timeout=30)
    assert answer.json()["reason"] == "model_server_failed"  # this one only listens
    assert str(told[0]["traceparent"]).split("-")[1] == TRACE_ID


@contextmanager
def _listening(told: list[dict[str, str | bytes]]) -> Iterator[str]:
    """A gRPC server that answers no call, and notes what each brings beside the message."""

    class Listener(grpc.GenericRpcHandler):
        def service(self, call: grpc.HandlerCallDetails) -> None:
            if call.method.endswith("/Predict"):
                told.append(dict(call.invocation_metadata))

    server = grpc.server(ThreadPoolExecutor(1), handlers=[Listener()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def _names(received: list[ExportTraceServiceRequest]) -> set[str]:
    return {
        span.name
        for request in list(received)
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
        if span.trace_id.hex() == TRACE_ID
    }
