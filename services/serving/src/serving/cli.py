"""The `serving` command. Each sub-command imports only what it needs: the model server must be up in a second."""
# ruff: noqa: PLC0415

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from contracts.steps import run_step
from runtime.command_line import CommandLine
from runtime.logs import log_as_json
from serving.server.options import (
    MAX_WAITING_IMAGES,
    EngineName,
    EngineOptions,
    Precision,
    ServerOptions,
    check_other_flags,
)

app = CommandLine(
    "Sync sidecar, embedded model server, and the checks around them. Settings come from ACNEFLOW_* variables."
)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def serve(
    context: typer.Context,
    *,
    model_config_file: Annotated[
        Path | None,
        typer.Option("--model_config_file", help="ModelServerConfig in protobuf text format."),
    ] = None,
    model_name: Annotated[
        str, typer.Option("--model_name", help="Without a config file: the model's name.")
    ] = "default",
    model_base_path: Annotated[
        Path | None,
        typer.Option("--model_base_path", help="Without a config file: the folder with the model's version folders."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port of the gRPC API.")] = 8500,
    grpc_socket_path: Annotated[
        str, typer.Option("--grpc_socket_path", help="Also listen for gRPC on this Unix socket.")
    ] = "",
    rest_api_port: Annotated[int, typer.Option("--rest_api_port", help="Port of the REST API; 0 is none.")] = 0,
    rest_api_timeout_in_ms: Annotated[
        int, typer.Option("--rest_api_timeout_in_ms", min=1, help="How long a REST prediction may take.")
    ] = 30_000,
    model_config_file_poll_wait_seconds: Annotated[
        float,
        typer.Option(
            "--model_config_file_poll_wait_seconds", min=0, help="Time between two looks at the file; 0 is one look."
        ),
    ] = 1.0,
    file_system_poll_wait_seconds: Annotated[
        float,
        typer.Option(
            "--file_system_poll_wait_seconds",
            min=-1,
            help="Time between two looks at the version folders; 0 is one look, -1 none after the config's.",
        ),
    ] = 1.0,
    monitoring_config_file: Annotated[
        Path | None,
        typer.Option("--monitoring_config_file", help="MonitoringConfig in protobuf text format."),
    ] = None,
    allow_version_labels_for_unavailable_models: Annotated[
        str,
        typer.Option(
            "--allow_version_labels_for_unavailable_models",
            help="true or false: whether a new label may point to a version that isn't loaded yet.",
        ),
    ] = "true",
    engine: Annotated[
        EngineName, typer.Option("--engine", help="What runs the network: LiteRT, or the SavedModel in TensorFlow.")
    ] = EngineName.LITERT,
    precision: Annotated[
        Precision, typer.Option("--precision", help="LiteRT only: int8 uses model.int8.tflite where a version has it.")
    ] = Precision.FLOAT,
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Images that run at once; 0 is one per usable core.")
    ] = 0,
    max_waiting_images: Annotated[
        int, typer.Option("--max_waiting_images", min=1, help="Images that may wait or run at once before refusal.")
    ] = MAX_WAITING_IMAGES,
) -> None:
    """Serve models on TensorFlow Serving's API, without TensorFlow. The flags are those of tensorflow_model_server."""
    import uvloop

    from inference import usable_cores
    from serving.server.serve import serve as run

    log_as_json()
    check_other_flags(context.args)
    options = ServerOptions(
        model_config_file=model_config_file,
        model_name=model_name,
        model_base_path=model_base_path,
        host=host,
        port=port,
        grpc_socket_path=grpc_socket_path,
        rest_api_port=rest_api_port,
        rest_api_timeout_s=rest_api_timeout_in_ms / 1000,
        model_config_file_poll_wait_seconds=model_config_file_poll_wait_seconds,
        file_system_poll_wait_seconds=file_system_poll_wait_seconds,
        monitoring_config_file=monitoring_config_file,
        labels_before_versions=allow_version_labels_for_unavailable_models.lower() in {"true", "1"},
        loading=EngineOptions(engine, precision, workers or usable_cores()),
        max_waiting_images=max_waiting_images,
    )
    uvloop.run(run(options))


@app.command()
def sync() -> None:
    """Keep the serving volume and the model server in step with the store's channels."""
    from serving.sync.sidecar import run_sidecar

    log_as_json()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    run_sidecar()


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
    from runtime import read_settings
    from serving.replicas import replica_statuses, table

    print(table(replica_statuses(ObjectStore(read_settings(StoreSettings)))))
