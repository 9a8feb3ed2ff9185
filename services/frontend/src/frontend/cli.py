"""The command `frontend`: replaces itself by Streamlit, which serves the page."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from frontend.settings import FrontendSettings
from runtime import read_settings
from runtime.command_line import CommandLine

PAGE = Path(__file__).with_name("app.py")
MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(2**17), "MALLOC_ARENA_MAX": "2"}
"""For glibc: what is as large as a photo goes back to the system when it is freed, and threads share their heaps
(mallopt(3); by default, the threshold grows with the largest block that was freed)."""

app = CommandLine(no_args_is_help=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default ACNEFLOW_FRONTEND_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default ACNEFLOW_FRONTEND_PORT.")] = None,
) -> NoReturn:
    """Serve the web page until SIGTERM."""
    settings = read_settings(FrontendSettings, frontend_host=host, frontend_port=port)
    # what doesn't change stands in `.streamlit/config.toml`
    options = [f"--server.address={settings.frontend_host}", f"--server.port={settings.frontend_port}"]
    command = [sys.executable, "-m", "frontend.server", "run", str(PAGE), *options]
    os.execve(sys.executable, command, {**MALLOC, **os.environ})  # noqa: S606 - signals shall reach Streamlit
