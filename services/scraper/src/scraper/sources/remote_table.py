"""Brings a list of addresses to this machine: it may lie here, in the store, or on the web."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

from yarl import URL

from contracts import keys
from contracts.steps import InvalidInputError
from objectstore import ObjectNotFoundError, ObjectStore, StoreSettings
from scraper.errors import SiteUnavailableError
from scraper.http.retry import is_retryable
from scraper.settings import read_settings
from scraper.sources.table import ImageTable
from webguard import FetchFailedError, TooSlowError, WebClient, WebGuardError

MAX_BYTES = 100 * 2**20
"""Some hundred thousand addresses."""
PLACE = "url"
"""The column that says where an image is."""


@asynccontextmanager
async def address_table(where: str, client: WebClient) -> AsyncIterator[ImageTable]:
    """The table at a path, an `s3://` URI of our bucket, or a web address, which is taken as it is by its one request.

    Raises:
        InvalidInputError: if it can't be there.
        SiteUnavailableError: if it can't be had now.
        StoreError: if the store can't be used.
    """
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
            msg = f"{uri} is in bucket {location.bucket!r}, but ACNEFLOW_BUCKET is {store.bucket!r}"
            raise InvalidInputError(msg)
        info = store.head(location.key)
        if info is not None and info.size > MAX_BYTES:
            msg = f"{uri} has {info.size:,} bytes; a list may have {MAX_BYTES:,}"
            raise InvalidInputError(msg)
        return store.get(location.key).body
    except (ValueError, ObjectNotFoundError) as error:
        raise InvalidInputError(str(error)) from error


async def _from_web(url: str, client: WebClient) -> bytes:
    try:
        answer = await client.get(url, max_bytes=MAX_BYTES)
    except (FetchFailedError, TooSlowError) as error:
        msg = f"the list can't be had now: {error}"
        raise SiteUnavailableError(msg) from error
    except WebGuardError as error:
        raise InvalidInputError(str(error)) from error
    if is_retryable(answer.status):
        msg = f"{url} answered {answer.status}; try again later"
        raise SiteUnavailableError(msg)
    if answer.status != 200:
        msg = f"expected a list of addresses at {url}, but it answered {answer.status}"
        raise InvalidInputError(msg)
    return answer.body
