"""The `serving` command. Each sub-command imports only what it needs: the model server must be up in a second."""
# ruff: noqa: PLC0415

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from contracts.steps import StepError, run_step

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Sync sidecar, embedded model server, and the checks around them. Settings come from ACNEFLOW_* variables.",
)


@app.command()
def serve(
    model_config_file: Annotated[
        Path,
        typer.Option("--model_config_file", help="ModelServerConfig in protobuf text format."),
    ],
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port of the gRPC API.")] = 8500,
    rest_api_port: Annotated[int, typer.Option("--rest_api_port", help="Port of the REST API; 0 is none.")] = 0,
    model_config_file_poll_wait_seconds: Annotated[
        float,
        typer.Option("--model_config_file_poll_wait_seconds", min=0.05, help="Time between two looks at the file."),
    ] = 1.0,
) -> None:
    """Serve models on TensorFlow Serving's API, without TensorFlow. The flags are those of tensorflow_model_server."""
    from serving.server.serve import ServerOptions
    from serving.server.serve import serve as run

    options = ServerOptions(model_config_file, host, port, rest_api_port, model_config_file_poll_wait_seconds)
    _run_service(lambda: asyncio.run(run(options)))


@app.command()
def sync() -> None:
    """Keep the serving volume and the model server in step with the store's channels."""
    from serving.sync.sidecar import run_sidecar

    signal.signal(signal.SIGTERM, _stop)
    _run_service(run_sidecar)


@app.command()
def verify(
    version: Annotated[int, typer.Option(min=1, help="The version that production should answer as.")],
    model: Annotated[str, typer.Option(help="The model's name.")] = "acne",
    timeout_s: Annotated[float, typer.Option(min=0, help="How long to wait for it.")] = 120.0,
) -> None:
    """Pipeline step: wait until production answers as VERSION, with the predictions it was published with."""
    from serving.verify import verify_step

    run_step(lambda: verify_step(model=model, version=version, timeout_s=timeout_s))


@app.command()
def status() -> None:
    """Print what every replica holds, serves and has quarantined."""
    from objectstore import ObjectStore, StoreSettings
    from serving.replicas import replica_statuses, table
    from serving.settings import from_environment

    _ending_well(lambda: print(table(replica_statuses(ObjectStore(from_environment(StoreSettings))))))


def _run_service(service: Callable[[], None]) -> None:
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    _ending_well(service)


def _ending_well(command: Callable[[], None]) -> None:
    """Run what isn't a pipeline step: the one place where its errors become exit codes."""
    try:
        command()
    except StepError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        print(f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)
        sys.exit(1)


def _stop(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)
