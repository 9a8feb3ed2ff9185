"""The command `gateway`."""

import sys
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from contracts.steps import Exit
from gateway.app import create_app
from gateway.journal import log_to_stdout
from gateway.settings import GatewaySettings
from objectstore import StoreSettings

GRACE_S = 10
"""How long requests in flight may take after SIGTERM."""

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="REST in, gRPC out; starts and follows training runs."
)


@app.callback()
def _commands() -> None:
    """Keep `serve` a command of its own while it is the only one."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default ACNEFLOW_GATEWAY_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default ACNEFLOW_GATEWAY_PORT.")] = None,
) -> None:
    """Serve the REST API until SIGTERM."""
    try:
        settings, store = GatewaySettings(), StoreSettings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            print(f"error: ACNEFLOW_{str(fault['loc'][0]).upper()}: {fault['msg']}", file=sys.stderr)
        raise typer.Exit(Exit.INVALID) from None
    log_to_stdout()
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
    )
