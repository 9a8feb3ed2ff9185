"""The command `gateway`. Each sub-command imports only what it needs.

Its arguments are read by the standard library: typer, which our other commands use, would stay in each one's memory.
"""
# ruff: noqa: PLC0415

import argparse
import sys

from pydantic import ValidationError

from contracts.steps import Exit, run_step
from gateway.memory import leave_out, one_heap
from gateway.scheduling import let_computing_threads_finish
from gateway.settings import GatewaySettings
from objectstore import ObjectStore, StoreSettings

GRACE_S = 10
"""How long requests in flight may take after SIGTERM."""

KEEP_ALIVE_S = 75
"""How long an idle connection stays open; longer than proxies keep theirs, so that they are the ones to close it."""


def main() -> None:
    """Read the arguments and do what they say."""
    parser = argparse.ArgumentParser("gateway", description="REST in, gRPC out; starts and follows training runs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="serve the REST API until SIGTERM", description=serve.__doc__)
    serving.add_argument("--host", help="address to listen on; default ACNEFLOW_GATEWAY_HOST")
    serving.add_argument("--port", type=int, help="port to listen on; default ACNEFLOW_GATEWAY_PORT")
    serving.set_defaults(action=lambda given: serve(given.host, given.port))
    drifting = commands.add_parser("drift", help="a step of the pipeline: measure the drift", description=drift.__doc__)
    drifting.add_argument("--model", help="whose predictions; default ACNEFLOW_MODEL")
    drifting.set_defaults(action=lambda given: drift(given.model))
    given = parser.parse_args()
    given.action(given)


def serve(host: str | None, port: int | None) -> None:
    """Serve the REST API until SIGTERM."""
    one_heap()
    let_computing_threads_finish()
    leave_out()
    import uvicorn

    from gateway.http.app import create_app
    from gateway.http.journal import log_to_stdout

    settings, store = _settings()
    log_to_stdout()
    _start_tracing()
    uvicorn.run(
        create_app(settings, store),
        host=host or settings.gateway_host,
        port=port or settings.gateway_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )


def drift(model: str | None) -> None:
    """Compare the last days' predictions with what the model was validated on. A step of the pipeline."""
    settings, store = _settings()

    def step() -> dict[str, object]:
        from dataclasses import asdict

        from gateway.drift.measure import measure

        return asdict(measure(ObjectStore(store), model or settings.model))

    run_step(step)


def _start_tracing() -> None:
    from gateway.http import tracing

    try:
        tracing.start_if_wanted()
    except ImportError as error:
        print(f"error: traces need the extra acneflow-gateway[otel], which isn't installed: {error}", file=sys.stderr)
        sys.exit(Exit.INVALID)


def _settings() -> tuple[GatewaySettings, StoreSettings]:
    try:
        return GatewaySettings(), StoreSettings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            print(f"error: ACNEFLOW_{str(fault['loc'][0]).upper()}: {fault['msg']}", file=sys.stderr)
        sys.exit(Exit.INVALID)


if __name__ == "__main__":
    main()
