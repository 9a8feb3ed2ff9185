"""The `sample-site` command: serves until SIGTERM or Ctrl-C.

Without arguments it takes everything from the environment, so it shows its help only when asked.
"""

import asyncio
import signal
from typing import Annotated

import typer
from aiohttp import web
from pydantic import Field

from contracts.steps import InvalidInputError
from runtime import Settings, read_settings
from runtime.command_line import CommandLine
from sample_site.atlas import Atlas
from sample_site.server import SampleSite


class SampleSiteSettings(Settings):
    sample_site_host: str = "127.0.0.1"
    sample_site_port: Annotated[int, Field(ge=0, le=65535)] = 8600
    """0 takes any free port; the line at start names it."""
    sample_site_seed: Annotated[int, Field(ge=0)] = 0
    sample_site_cases_per_class: Annotated[int, Field(ge=2, le=1000)] = 40
    sample_site_slow_page_s: Annotated[float, Field(ge=0, le=60)] = 3.0


app = CommandLine(no_args_is_help=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind to. [env: ACNEFLOW_SAMPLE_SITE_HOST]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one. [env: ACNEFLOW_SAMPLE_SITE_PORT]")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Another seed is another atlas. [env: ACNEFLOW_SAMPLE_SITE_SEED]")
    ] = None,
    cases_per_class: Annotated[
        int | None,
        typer.Option(help="Size: 40 gives 900 photos and the dirt. [env: ACNEFLOW_SAMPLE_SITE_CASES_PER_CLASS]"),
    ] = None,
    slow_page_s: Annotated[
        float | None, typer.Option(help="Seconds that the slow page takes. [env: ACNEFLOW_SAMPLE_SITE_SLOW_PAGE_S]")
    ] = None,
) -> None:
    """Serve a synthetic atlas with dermnet.com's page structure."""
    settings = read_settings(
        SampleSiteSettings,
        sample_site_host=host,
        sample_site_port=port,
        sample_site_seed=seed,
        sample_site_cases_per_class=cases_per_class,
        sample_site_slow_page_s=slow_page_s,
    )
    try:
        asyncio.run(_run(settings))
    except OSError as error:
        where = f"{settings.sample_site_host}:{settings.sample_site_port}"
        msg = f"can't listen on {where}: {error.strerror}; free it or choose another --port"
        raise InvalidInputError(msg) from error


async def _run(settings: SampleSiteSettings) -> None:
    host, seed = settings.sample_site_host, settings.sample_site_seed
    atlas = Atlas(seed=seed, cases_per_class=settings.sample_site_cases_per_class)
    site = SampleSite(atlas, slow_page_s=settings.sample_site_slow_page_s)
    runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=2.0)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, settings.sample_site_port).start()
        port = runner.addresses[0][1]
        print(f"synthetic atlas (seed {seed}) at http://{host}:{port}/", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()
