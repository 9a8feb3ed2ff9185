"""The `scraper` command: settings and arguments in, exit code and result line out."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated

import typer

from contracts.run_parameters import PARAMETERS
from contracts.steps import Exit, Result, run_step, say
from objectstore import ObjectStore, StoreSettings
from runtime import read_settings
from runtime.command_line import CommandLine
from scraper.crawl.crawler import Options
from scraper.crawl.progress import print_summary
from scraper.crawl.scrape import count_candidates, scrape
from scraper.crawl.stats import Budget, Stats
from scraper.settings import ScraperSettings
from scraper.sources.catalogue import REFUSED, SourceName, open_source
from scraper.sources.protocol import FOLDER_MINIMUM_IMAGES, SourceOptions

app = CommandLine("Collects labelled images from a source into the store.", rich_markup_mode="markdown")

SOURCES = "; ".join(
    [
        *(f"{name}: {source.title}" for name, source in PARAMETERS.sources.items()),
        *(f"{name}: always refused, {why}" for name, why in REFUSED.items()),
    ]
)


@app.command()
def run(
    *,
    source: Annotated[SourceName, typer.Option(help=f"{SOURCES}.")],
    site_url: Annotated[
        str | None, typer.Option(envvar="ACNEFLOW_SAMPLE_SITE_URL", help="Address of the sample site.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="With --source folder: a folder of which each direct subfolder is a class, or a CSV or Parquet file "
            "with the columns path, label and, optionally, group, licence, skin_tone."
        ),
    ] = None,
    urls: Annotated[
        str | None,
        typer.Option(
            metavar="<path or address>",
            help="With --source urls: a CSV or Parquet file with the columns url, label and, optionally, group, "
            "licence, skin_tone; here, in the store (s3://…) or on the web.",
        ),
    ] = None,
    minimum_images: Annotated[
        int, typer.Option(min=1, help="With --source folder or urls: the fewest images a class may be trained with.")
    ] = FOLDER_MINIMUM_IMAGES,
    contact: Annotated[
        str | None,
        typer.Option(envvar="ACNEFLOW_CONTACT", help="How a site's owner reaches you; sent in the User-Agent."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Look only at the first so many images of each class, for a try; it is published like any scrape.",
        ),
    ] = None,
    max_pages: Annotated[int | None, typer.Option(min=1, help="End this run after so many pages.")] = None,
    max_megabytes: Annotated[float | None, typer.Option(min=0, help="End this run after so many megabytes.")] = None,
    max_minutes: Annotated[float | None, typer.Option(min=0, help="End this run after so many minutes.")] = None,
    revalidate: Annotated[
        bool, typer.Option("--revalidate", help="Ask after every image, also where its server promised that it stays.")
    ] = False,
    allow_loss: Annotated[
        bool, typer.Option("--allow-loss", help="Publish although a class lost many of its images.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read pages and count what they point to; fetch and write nothing else.")
    ] = False,
    metrics_file: Annotated[
        Path | None, typer.Option(help="Write Prometheus metrics there every few seconds, for a textfile collector.")
    ] = None,
) -> None:
    """Scrape a source and publish what it holds as a snapshot.

    robots.txt, Crawl-delay, Retry-After and X-Robots-Tag are heeded, and a host that answers slowly is asked less; a
    repeated scrape asks only for what may have changed. An image that can't be used is counted by reason and left
    out. If nothing changed since the last snapshot, none is written and the last one's URI is the result.

    A run that is stopped, killed or over its budget publishes nothing and loses nothing: the same command goes on
    where it was.

    The last line is ::result::{"snapshot", "images", "refused", "unchanged"}. Exit codes: 0 done; 2 the settings are
    wrong, or the source isn't what it was (trying again can't help); 1 anything else (try again later).

    The store is found by ACNEFLOW_BUCKET, ACNEFLOW_STORE_ENDPOINT, ACNEFLOW_STORE_REGION, ACNEFLOW_STORE_ACCESS_KEY
    and ACNEFLOW_STORE_SECRET_KEY; other classes than the project's own by ACNEFLOW_TAXONOMY (a YAML file).
    docs/scraping.md names the other settings.
    """
    source_options = SourceOptions(folder, minimum_images, urls)
    budget = Budget(max_pages, max_megabytes, max_minutes)

    async def step() -> Result:
        settings = read_settings(ScraperSettings, sample_site_url=site_url, contact=contact)
        stats = Stats()
        async with open_source(source, settings, source_options, stats) as opened:
            if dry_run:
                classes, candidates = await count_candidates(opened, stats, per_class=limit)
                print_summary(classes, candidates, {})
                return {"snapshot": None, "images": candidates.total(), "refused": 0, "unchanged": False}
            store = ObjectStore(read_settings(StoreSettings))
            options = Options(
                per_class=limit,
                allow_loss=allow_loss,
                largest_loss=settings.scraper_largest_loss,
                revalidate=revalidate,
                budget=budget,
                attempts=settings.scraper_attempts,
                per_host=settings.scraper_connections_per_host,
                metrics_file=metrics_file,
            )
            scraped = await scrape(opened, store, stats, settings.cache, options)
            print_summary(scraped.classes, scraped.images, scraped.refused)
            say(f"unchanged since {scraped.uri}" if scraped.unchanged else f"published {scraped.uri}")
            return {
                "snapshot": scraped.uri,
                "images": scraped.images.total(),
                "refused": scraped.refused.total(),
                "unchanged": scraped.unchanged,
            }

    run_step(lambda: _until_stopped(step))


@app.command()
def report(
    *,
    source: Annotated[SourceName, typer.Option(help="Whose last snapshot to show.")] = "sample",
    snapshot: Annotated[
        str | None, typer.Option(help="URI of a snapshot's manifest, to show that one instead.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Where the page is written; it shows the images.")] = Path("report.html"),
    thumbnails: Annotated[int, typer.Option(min=0, max=200, help="How many images of each class to show.")] = 12,
) -> None:
    """Make an HTML page of a snapshot: images by class, refusals by reason, what changed since the one before.

    The page is one file that loads nothing. It holds pictures: keep it as safe as the images themselves.
    """
    # takes a tenth of a second that each scrape would wait for
    from scraper.report import write_report  # noqa: PLC0415

    def step() -> Result:
        store = ObjectStore(read_settings(StoreSettings))
        shown = write_report(store, source, snapshot, output, thumbnails)
        say(f"wrote {output}")
        return {"snapshot": shown, "report": str(output)}

    run_step(step)


def _until_stopped(step: Callable[[], Coroutine[None, None, Result]]) -> Result:
    """Run a step to its end; SIGTERM, like Ctrl-C, cancels what is under way, so that it leaves everything in order."""

    async def stoppable() -> Result:
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await step()

    try:
        return asyncio.run(stoppable())
    except asyncio.CancelledError:
        sys.exit(Exit.TERMINATED)
