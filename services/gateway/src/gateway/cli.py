"""The command `gateway`. Each sub-command imports only what it needs."""
# ruff: noqa: PLC0415

import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from contracts.steps import Exit, run_step
from gateway.settings import GatewaySettings
from objectstore import ObjectStore, StoreSettings

GRACE_S = 10
"""How long requests in flight may take after SIGTERM."""

KEEP_ALIVE_S = 75
"""How long an idle connection stays open; longer than proxies keep theirs, so that they are the ones to close it."""

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="REST in, gRPC out; starts and follows training runs."
)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default ACNEFLOW_GATEWAY_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default ACNEFLOW_GATEWAY_PORT.")] = None,
) -> None:
    """Serve the REST API until SIGTERM."""
    from gateway.memory import one_heap

    one_heap()
    import uvicorn

    from gateway.app import create_app
    from gateway.journal import log_to_stdout

    settings, store = _settings()
    log_to_stdout()
    _start_tracing()
    uvicorn.run(
        create_app(settings, store),
        host=host or settings.gateway_host,
        port=port or settings.gateway_port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )


@app.command()
def drift(
    model: Annotated[str | None, typer.Option(help="Whose predictions; default ACNEFLOW_MODEL.")] = None,
) -> None:
    """Compare the last days' predictions with what the model was validated on. A step of the pipeline."""
    settings, store = _settings()

    def step() -> dict[str, object]:
        from dataclasses import asdict

        from gateway.drift import measure

        return asdict(measure(ObjectStore(store), model or settings.model))

    run_step(step)


def _start_tracing() -> None:
    from gateway import tracing

    try:
        tracing.start_if_wanted()
    except ImportError as error:
        print(f"error: traces need the extra acneflow-gateway[otel], which isn't installed: {error}", file=sys.stderr)
        raise typer.Exit(Exit.INVALID) from None


def _settings() -> tuple[GatewaySettings, StoreSettings]:
    try:
        return GatewaySettings(), StoreSettings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            print(f"error: ACNEFLOW_{str(fault['loc'][0]).upper()}: {fault['msg']}", file=sys.stderr)
        raise typer.Exit(Exit.INVALID) from None


if __name__ == "__main__":
    app()
