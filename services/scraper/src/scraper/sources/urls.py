"""Images at addresses that the operator lists, on any sites: a table of url, label and, where known, group.

The list may lie here, in the store, or on the web.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

from yarl import URL

from contracts import keys
from contracts.steps import InvalidInputError
from objectstore import ObjectNotFoundError, ObjectStore, StoreSettings
from runtime import read_settings
from scraper.crawl.stats import Stats
from scraper.errors import SiteUnavailableError
from scraper.http.fetcher import Fetcher
from scraper.http.retry import is_retryable
from scraper.http.sites import listed_policy, require_allowed, web_client
from scraper.settings import ScraperSettings
from scraper.sources.protocol import Candidate, Source, SourceOptions, host_of
from scraper.sources.reading import FromWeb
from scraper.sources.table import ImageTable, Row, TableSource
from webguard import FetchFailedError, TooSlowError, WebClient, WebGuardError

LICENCE = "not stated; the operator answers for the right to use it"
MAX_BYTES = 100 * 2**20
"""Some hundred thousand addresses."""
PLACE = "url"
"""The column that says where an image is."""


class AddressList(FromWeb, TableSource):
    name = "urls"
    one_site = False

    def __init__(self, table: ImageTable, minimum_images: int, fetcher: Fetcher) -> None:
        FromWeb.__init__(self, fetcher)
        TableSource.__init__(self, table, minimum_images)
        self.notice = f"Images from the addresses in the operator's own list {table.path.name!r}."

    def _candidate(self, row: Row) -> Candidate:
        return row.candidate(row.place, LICENCE)


@asynccontextmanager
async def open_source(settings: ScraperSettings, options: SourceOptions, stats: Stats) -> AsyncIterator[Source]:
    where = options.urls
    if where is None:
        raise InvalidInputError(
            "--source urls needs --urls, a CSV or Parquet file with the columns url, label and, optionally, group: "
            "its path, s3:// URI or web address"
        )
    is_on_the_web = "://" in where and not where.startswith("s3://")
    to_list = listed_policy(frozenset({require_allowed(where)} if is_on_the_web else ()), settings)
    async with web_client(to_list, settings) as client, _address_table(where, client) as table:
        to_images = listed_policy(await asyncio.to_thread(_sites_in, table), settings)
        async with web_client(to_images, settings) as image_client:
            yield AddressList(table, options.minimum_images, Fetcher(image_client, settings, stats))


@asynccontextmanager
async def _address_table(where: str, client: WebClient) -> AsyncIterator[ImageTable]:
    """The table at a path, an `s3://` URI of our bucket, or a web address, which is asked once."""
    scheme = where.partition("://")[0] if "://" in where else ""
    if not scheme:
        yield ImageTable(Path(where), PLACE)
        return
    content = await asyncio.to_thread(_from_store, where) if scheme == "s3" else await _from_web(where, client)
    name = PurePosixPath(URL(where).path).name
    with tempfile.TemporaryDirectory(prefix="addresses-") as folder:
        path = Path(folder, name or "addresses.csv")
        await asyncio.to_thread(path.write_bytes, content)
        del content
        yield ImageTable(path, PLACE, name=where)


def _from_store(uri: str) -> bytes:
    store = ObjectStore(read_settings(StoreSettings))
    try:
        location = keys.parse_uri(uri)
        if location.bucket != store.bucket:
            raise InvalidInputError(f"{uri} is in bucket {location.bucket!r}, but ACNEFLOW_BUCKET is {store.bucket!r}")
        info = store.head(location.key)
        if info is not None and info.size > MAX_BYTES:
            raise InvalidInputError(f"{uri} has {info.size:,} bytes; a list may have {MAX_BYTES:,}")
        return store.get(location.key).body
    except (ValueError, ObjectNotFoundError) as error:
        raise InvalidInputError(str(error)) from error


async def _from_web(url: str, client: WebClient) -> bytes:
    try:
        answer = await client.get(url, max_bytes=MAX_BYTES)
    except (FetchFailedError, TooSlowError) as error:
        raise SiteUnavailableError(f"the list can't be had now: {error}") from error
    except WebGuardError as error:
        raise InvalidInputError(str(error)) from error
    if is_retryable(answer.status):
        raise SiteUnavailableError(f"{url} answered {answer.status}; try again later")
    if answer.status != 200:
        raise InvalidInputError(f"expected a list of addresses at {url}, but it answered {answer.status}")
    return answer.body


def _sites_in(table: ImageTable) -> frozenset[str]:
    sites = set()
    for section in table.survey(minimum_images=1).sections:
        for row in table.rows(section.label, 0):
            try:
                site = host_of(row.place) if URL(row.place).scheme in {"http", "https"} else ""
            except ValueError:
                site = ""
            if not site:
                expected = "an address like https://example.org/1.jpg"
                raise InvalidInputError(f"{table.name}, row {row.number}: expected {expected}, got {row.place!r}")
            sites.add(site)
    return frozenset(sites)
