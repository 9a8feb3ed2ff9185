"""The command `gateway`. Each sub-command imports only what it needs."""
# ruff: noqa: PLC0415

from typing import Annotated

from typer import Option

from contracts.steps import InvalidInputError, run_step
from gateway.settings import GatewaySettings
from objectstore import ObjectStore, StoreSettings
from runtime import read_settings
from runtime.command_line import CommandLine

GRACE_S = 10
"""How long requests in flight may take after SIGTERM."""

KEEP_ALIVE_S = 75
"""How long an idle connection stays open; longer than proxies keep theirs, so that they are the ones to close it."""

app = CommandLine("REST in, gRPC out; starts and follows training runs.")


@app.command()
def serve(
    host: Annotated[str | None, Option(help="Address to listen on; default ACNEFLOW_GATEWAY_HOST.")] = None,
    port: Annotated[int | None, Option(help="Port to listen on; default ACNEFLOW_GATEWAY_PORT.")] = None,
) -> None:
    """Serve the REST API until SIGTERM."""
    settings, store = read_settings(GatewaySettings), read_settings(StoreSettings)
    import uvicorn

    from gateway.http import tracing
    from gateway.http.app import create_app
    from runtime.logs import log_as_json
    from runtime.scheduling import let_computing_threads_finish

    let_computing_threads_finish()
    log_as_json()
    try:
        tracing.start_if_wanted()
    except ImportError as error:
        msg = f"traces need the extra acneflow-gateway[otel], which isn't installed: {error}"
        raise InvalidInputError(msg) from error
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


@app.command()
def drift(
    model: Annotated[str | None, Option(help="Whose predictions; default ACNEFLOW_MODEL.")] = None,
) -> None:
    """Compare the last days' predictions with what the model was validated on. A step of the pipeline."""
    settings, store = read_settings(GatewaySettings), read_settings(StoreSettings)

    def step() -> dict[str, object]:
        from gateway.drift.measure import measure_step

        return measure_step(ObjectStore(store), model or settings.model)

    run_step(step)


if __name__ == "__main__":
    app()
