"""The command `frontend`: replaces itself by Streamlit, which serves the page."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from frontend.settings import FrontendSettings

PAGE = Path(__file__).with_name("app.py")
MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(2**17), "MALLOC_ARENA_MAX": "2"}
"""For glibc: what is as large as a photo goes back to the system when it is freed, and threads share their heaps
(mallopt(3); by default, the threshold grows with the largest block that was freed)."""

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default ACNEFLOW_FRONTEND_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default ACNEFLOW_FRONTEND_PORT.")] = None,
) -> NoReturn:
    """Serve the web page until SIGTERM."""
    try:
        settings = FrontendSettings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            print(f"error: ACNEFLOW_{str(fault['loc'][0]).upper()}: {fault['msg']}", file=sys.stderr)
        raise typer.Exit(2) from None
    serving = command(host or settings.frontend_host, port or settings.frontend_port)
    environment = {**MALLOC, **os.environ}
    os.execve(sys.executable, serving, environment)  # noqa: S606 - becomes Streamlit, so that signals reach it


def command(host: str, port: int) -> list[str]:
    """The command line that serves the page; what doesn't change stands in `.streamlit/config.toml`."""
    options = [f"--server.address={host}", f"--server.port={port}"]
    return [sys.executable, "-m", "frontend.server", "run", str(PAGE), *options]
