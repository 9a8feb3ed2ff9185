"""Which sources there are, and how each is opened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from contracts.steps import InvalidInputError
from contracts.taxonomy import Taxonomy
from scraper.crawl.stats import Tally
from scraper.http.fetcher import Fetcher
from scraper.settings import ScraperSettings
from scraper.sources.atlas import Dermnet, SampleAtlas
from scraper.sources.folder import ImageFolder
from scraper.sources.manifest import ImageManifest
from scraper.sources.protocol import Source, host_of
from scraper.sources.remote_table import address_table
from scraper.sources.scin import Scin
from scraper.sources.urls import AddressList, sites_in
from webguard import Policy, WebClient, site_of

FOLDER_MINIMUM_IMAGES = 5
"""A transferred network learns something from this many; a medical class should have far more."""
FORBIDDEN_DOMAINS = {"dermnetnz.org": "DermNet NZ, whose terms forbid training AI with its images"}
"""What is fetched from under no name, wherever an address comes from."""


class SourceName(StrEnum):
    """What `--source` takes."""

    SAMPLE = "sample"
    FOLDER = "folder"
    URLS = "urls"
    SCIN = "scin"
    DERMNET = "dermnet"
    DERMNETNZ = "dermnetnz"
    """Only to be refused by its name."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What the command line says about the source."""

    folder: Path | None = None
    """A folder of class folders, or a table."""
    minimum_images: int = FOLDER_MINIMUM_IMAGES
    urls: str | None = None
    """Where a table of addresses is: a path, or an address of the store or the web."""


@asynccontextmanager
async def open_source(
    name: SourceName, settings: ScraperSettings, options: SourceOptions, tally: Tally
) -> AsyncIterator[Source]:
    """A source, ready to be collected.

    Raises:
        InvalidInputError: if a setting that it needs is missing or wrong, or the source is one that nobody may use.
        TaxonomyError: if the taxonomy can't be read.
    """
    match name:
        case SourceName.FOLDER:
            yield _own_images(options, tally)
            return
        case SourceName.DERMNETNZ:
            msg = f"{FORBIDDEN_DOMAINS['dermnetnz.org']}, is no source. See docs/data-sources.md for those that are"
            raise InvalidInputError(msg)
        case SourceName.DERMNET:
            _require_acknowledgement(settings)
        case SourceName.URLS:
            async with _listed(settings, options, tally) as source:
                yield source
            return
        case _:
            pass
    async with _client(_policy(name, settings), settings) as client:
        fetcher = Fetcher(client, settings, tally)
        taxonomy = Taxonomy.load(settings.taxonomy)
        match name:
            case SourceName.SCIN:
                yield Scin(settings.scin_url, taxonomy, settings.scin_minimum_weight, fetcher)
            case SourceName.DERMNET:
                yield Dermnet(settings.dermnet_url, taxonomy, fetcher)
            case _:
                yield SampleAtlas(settings.sample_site_url, taxonomy, fetcher)


@asynccontextmanager
async def _listed(settings: ScraperSettings, options: SourceOptions, tally: Tally) -> AsyncIterator[Source]:
    if options.urls is None:
        msg = (
            "--source urls needs --urls, a CSV or Parquet file with the columns url, label and, optionally, group: "
            "its path, s3:// URI or web address"
        )
        raise InvalidInputError(msg)
    at = _listed_policy(frozenset({_site(options.urls)}) if _is_on_the_web(options.urls) else frozenset(), settings)
    async with _client(at, settings) as client, address_table(options.urls, client) as table:
        policy = _listed_policy(await asyncio.to_thread(sites_in, table), settings)
        async with _client(policy, settings) as to_images:
            yield AddressList(table, options.minimum_images, Fetcher(to_images, settings, tally))


def _client(policy: Policy, settings: ScraperSettings) -> WebClient:
    return WebClient(
        policy,
        user_agent=settings.user_agent(version("acneflow-scraper")),
        connections_per_host=settings.scraper_connections_per_host,
        timeout_s=settings.scraper_timeout_s,
    )


def _own_images(options: SourceOptions, tally: Tally) -> Source:
    if options.folder is None:
        msg = (
            "--source folder needs --folder PATH: a folder that holds one folder of images for each class, or a CSV or "
            "Parquet file with the columns path, label and, optionally, group"
        )
        raise InvalidInputError(msg)
    if options.folder.suffix.lower() in {".csv", ".parquet", ".pq"} and not options.folder.is_dir():
        return ImageManifest(options.folder, options.minimum_images, tally)
    return ImageFolder(options.folder, options.minimum_images, tally)


def _policy(name: SourceName, settings: ScraperSettings) -> Policy:
    """A source's own site may be fetched; one that the operator has set may lie on a private address."""
    field = {SourceName.SAMPLE: "sample_site_url", SourceName.SCIN: "scin_url", SourceName.DERMNET: "dermnet_url"}[name]
    address = str(getattr(settings, field))
    site = _site(address)
    _require_allowed(host_of(address))
    is_public = name is not SourceName.SAMPLE and address == ScraperSettings.model_fields[field].default
    return Policy(sites=frozenset({site})) if is_public else Policy(frozenset(), local_sites=frozenset({site}))


def _listed_policy(sites: frozenset[str], settings: ScraperSettings) -> Policy:
    """The sites of an address list may be fetched; only those that ACNEFLOW_SCRAPER_LOCAL_SITES names may be local."""
    local = frozenset(site for site in (part.strip() for part in settings.scraper_local_sites.split(",")) if site)
    for site in sites:
        _require_allowed(site)
    return Policy(sites=sites - local, local_sites=sites & local)


def _is_on_the_web(where: str) -> bool:
    return "://" in where and not where.startswith("s3://")


def _site(address: str) -> str:
    try:
        return site_of(address)
    except ValueError as error:
        raise InvalidInputError(str(error)) from error


def _require_allowed(site: str) -> None:
    host = site.rpartition(":")[0] or site
    for domain, why in FORBIDDEN_DOMAINS.items():
        if host == domain or host.endswith(f".{domain}"):
            msg = f"{host} is {why}; nothing is fetched from there"
            raise InvalidInputError(msg)


def _require_acknowledgement(settings: ScraperSettings) -> None:
    if not settings.dermnet_acknowledged:
        msg = (
            "dermnet.com is a copyrighted atlas. If you have the right to use its pictures, set "
            "ACNEFLOW_DERMNET_ACKNOWLEDGED=yes; docs/data-sources.md says more"
        )
        raise InvalidInputError(msg)
    if settings.contact is None:
        msg = "--source dermnet needs ACNEFLOW_CONTACT: how the site's owner reaches you; it is sent in the User-Agent"
        raise InvalidInputError(msg)
