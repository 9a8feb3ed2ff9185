"""The `scraper` command: settings and arguments in, exit code and result line out."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from contracts.manifest import ClassLabel
from contracts.steps import Result, run_step, say
from objectstore import ObjectStore, StoreSettings
from scraper.progress import print_summary
from scraper.scrape import Scrape, count_candidates, scrape
from scraper.settings import ScraperSettings, read_settings
from scraper.sources.catalogue import FOLDER_MINIMUM_IMAGES, SourceName, SourceOptions, open_source
from scraper.tally import Tally

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
)


@app.callback()
def scraper() -> None:
    """Collects labelled images from a source into the store."""


@app.command()
def run(
    *,
    source: Annotated[
        SourceName,
        typer.Option(help="sample: the synthetic atlas of the sample site; folder: a folder of class folders."),
    ],
    site_url: Annotated[
        str | None, typer.Option(envvar="ACNEFLOW_SAMPLE_SITE_URL", help="Address of the sample site.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="With --source folder: each direct subfolder is a class, its files its images."),
    ] = None,
    minimum_images: Annotated[
        int, typer.Option(min=1, help="With --source folder: the fewest images a class may be trained with.")
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
    allow_loss: Annotated[
        bool,
        typer.Option("--allow-loss", help="Publish although a class lost more than half of its images."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read pages and count what they point to; fetch and write nothing else.")
    ] = False,
) -> None:
    """Scrape a source and publish what it holds as a snapshot.

    robots.txt, Crawl-delay and Retry-After are heeded; a repeated scrape asks only for what has changed. An image
    that can't be used is counted by reason and left out. If nothing changed since the last snapshot, none is written
    and the last one's URI is the result.

    The last line is ::result::{"snapshot", "images", "refused", "unchanged"}. Exit codes: 0 done; 2 the settings are
    wrong, or the source isn't what it was (trying again can't help); 1 anything else (try again later).

    The store is found by ACNEFLOW_BUCKET, ACNEFLOW_STORE_ENDPOINT, ACNEFLOW_STORE_REGION, ACNEFLOW_STORE_ACCESS_KEY
    and ACNEFLOW_STORE_SECRET_KEY; other classes than the project's own by ACNEFLOW_TAXONOMY (a YAML file).
    """
    options = SourceOptions(folder, minimum_images)

    async def step() -> Result:
        settings = read_settings(ScraperSettings, sample_site_url=site_url, contact=contact)
        tally = Tally()
        async with open_source(source, settings, options, tally) as opened:
            if dry_run:
                return _counted(await count_candidates(opened, tally, per_class=limit))
            store = ObjectStore(read_settings(StoreSettings))
            return _ended(await scrape(opened, store, tally, per_class=limit, allow_loss=allow_loss))

    run_step(lambda: asyncio.run(step()))


def _ended(scraped: Scrape) -> Result:
    snapshot = scraped.snapshot
    images = Counter(image.label for image in snapshot.images)
    print_summary(snapshot.classes, images, snapshot.refused)
    say(f"unchanged since {scraped.uri}" if scraped.unchanged else f"published {scraped.uri}")
    return {
        "snapshot": scraped.uri,
        "images": images.total(),
        "refused": len(snapshot.refusals),
        "unchanged": scraped.unchanged,
    }


def _counted(candidates: Counter[str]) -> Result:
    print_summary([ClassLabel(name=name, display_name=name) for name in candidates], candidates, {})
    return {"snapshot": None, "images": candidates.total(), "refused": 0, "unchanged": False}
