"""The `sample-site` command: serves until SIGTERM or Ctrl-C.

Without arguments it takes everything from the environment, so it shows its help only when asked.
"""

import asyncio
import signal
import sys
from typing import Annotated

import typer
from aiohttp import web
from pydantic import ValidationError

from contracts.steps import Exit
from sample_site.atlas import Atlas
from sample_site.server import SampleSite
from sample_site.settings import SampleSiteSettings

SHUTDOWN_TIMEOUT_S = 2.0
"""How long requests under way may take to end."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


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
        float | None,
        typer.Option(help="Seconds that the slow page takes. [env: ACNEFLOW_SAMPLE_SITE_SLOW_PAGE_S]"),
    ] = None,
) -> None:
    """Serve a synthetic atlas with dermnet.com's page structure."""
    options = {
        "host": host,
        "port": port,
        "seed": seed,
        "cases_per_class": cases_per_class,
        "slow_page_s": slow_page_s,
    }
    try:
        settings = SampleSiteSettings.model_validate({k: v for k, v in options.items() if v is not None})
        asyncio.run(_run(settings))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        _end(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
    except OSError as error:
        _end(f"can't listen on {settings.host}:{settings.port}: {error.strerror}; free it or choose another --port")


async def _run(settings: SampleSiteSettings) -> None:
    site = SampleSite(
        Atlas(seed=settings.seed, cases_per_class=settings.cases_per_class), slow_page_s=settings.slow_page_s
    )
    runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        port = runner.addresses[0][1]
        print(f"synthetic atlas (seed {settings.seed}) at http://{settings.host}:{port}/", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def _end(message: str) -> None:
    print(f"error: {message}", file=sys.stderr, flush=True)
    sys.exit(Exit.INVALID)
