"""`acneflow`: the embedded stack on this machine."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console

from acneflow_client import ClientError, Source
from contracts.access import Role
from runtime.command_line import CommandLine
from stack import lifecycle
from stack.demo import DemoRequest
from stack.demo import demo as run_demo
from stack.keys import KeyRing
from stack.manager import ProcessManager
from stack.services import all_services
from stack.settings import Installation, StackError, read_settings

app = CommandLine(
    "Runs every service of Acneflow as plain processes on this machine, without a container engine.",
    errors=(StackError, ClientError),
    env_file=False,  # an installation's own, which the options name
    add_completion=True,
)
keys_app = typer.Typer(no_args_is_help=True, help="API keys of the gateway.")
app.add_typer(keys_app, name="keys")
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)


@app.callback()
def installation(
    context: typer.Context,
    root: Annotated[Path, typer.Option(help="The checkout to run.", file_okay=False)] = Path(),
    env_file: Annotated[Path | None, typer.Option(help="Its settings.", show_default="<root>/.env")] = None,
) -> None:
    root = root.resolve()
    context.obj = Installation(root, env_file.resolve() if env_file else root / ".env")


@app.command()
def up(context: typer.Context) -> None:
    """Start every service that isn't running and wait until all are well."""
    lifecycle.up(context.obj, console.print)


@app.command()
def demo(
    context: typer.Context,
    source: Annotated[Source, typer.Option(help=f"Where images come from: {', '.join(get_args(Source))}.")] = "sample",
    data: Annotated[
        Path | None,
        typer.Option(
            help="With --source folder: one folder of images for each class, or a table of them; "
            "with --source urls: a table of addresses."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Train anew even if nothing is new.")] = False,
) -> None:
    """Start the stack, train a model on freshly collected images, publish it, and ask it about three of them."""
    run_demo(context.obj, DemoRequest(source, data, force), console)


@app.command()
def status(context: typer.Context) -> None:
    """Print what runs and what is in production; exit code 1 if anything isn't well."""
    settings = read_settings(context.obj)
    if not lifecycle.print_status(settings, all_services(context.obj, settings), console):
        raise typer.Exit(1)


@app.command()
def logs(
    context: typer.Context,
    service: Annotated[str | None, typer.Argument(help="One service; all of them if none is named.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option(help="How many of the last lines.", min=1)] = 20,
) -> None:
    """Print the services' last log lines."""
    manager = ProcessManager(read_settings(context.obj).state)
    paths = [manager.log_of(service)] if service else sorted(manager.log_folder.glob("*.log"))
    missing = [path for path in paths if not path.exists()]
    if missing or not paths:
        known = ", ".join(path.stem for path in sorted(manager.log_folder.glob("*.log"))) or "none yet"
        raise StackError(f"there is no log of {service or 'any service'}; logs: {known}")
    command = ["tail", f"--lines={lines}", *(["--follow=name"] if follow else []), *map(str, paths)]
    try:
        subprocess.run(command, check=False)
    except KeyboardInterrupt:
        raise typer.Exit from None


@app.command()
def down(context: typer.Context) -> None:
    """Stop every service; the data stays."""
    lifecycle.down(read_settings(context.obj), console.print)


@app.command()
def clean(context: typer.Context) -> None:
    """Stop every service and delete all data: images, models, Airflow's history. `.env` stays."""
    lifecycle.clean(read_settings(context.obj), console.print)


@keys_app.command("create")
def create_key(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose it is: small letters, digits, hyphens.")],
    role: Annotated[Role, typer.Option(help="What it opens.")] = Role.PREDICT,
    per_minute: Annotated[
        int | None, typer.Option(help="Requests a minute.", min=1, max=1_000_000, show_default="no limit")
    ] = None,
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    print(KeyRing(read_settings(context.obj)).create(name, role, per_minute))


@keys_app.command("list")
def list_keys(context: typer.Context) -> None:
    """Print the keys that are valid, without the secrets, which nobody knows any more."""
    for key in KeyRing(read_settings(context.obj)).entries():
        limit = f"{key.per_minute} a minute" if key.per_minute else "no limit"
        console.print(f"{key.id}  {key.role:<8} {key.created_at:%Y-%m-%d}  {limit:<16} {key.name}")


@keys_app.command("revoke")
def revoke_key(context: typer.Context, key_id: Annotated[str, typer.Argument(help="As `list` shows it.")]) -> None:
    """End a key; running gateways obey within seconds."""
    KeyRing(read_settings(context.obj)).revoke(key_id)
