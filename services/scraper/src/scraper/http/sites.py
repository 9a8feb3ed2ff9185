"""Which sites a source may ask, and the way to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from contracts.steps import InvalidInputError
from scraper.crawl.stats import Stats
from scraper.http.fetcher import Fetcher
from scraper.settings import ScraperSettings
from webguard import Policy, WebClient, site_of

FORBIDDEN_DOMAINS = {"dermnetnz.org": "DermNet NZ, whose terms forbid training AI with its images"}
"""What is fetched from under no name, wherever an address comes from."""


@asynccontextmanager
async def fetching_from(
    address: str, settings: ScraperSettings, stats: Stats, *, public: str | None
) -> AsyncIterator[Fetcher]:
    """The way to a source's own site; raises InvalidInputError if nothing may be fetched from there.

    At the address `public` the site is known to be public; at any other it is one that the operator has set, and may
    lie on a private address.
    """
    site = require_allowed(address)
    sites = frozenset({site})
    policy = Policy(sites) if address == public else Policy(frozenset(), local_sites=sites)
    async with web_client(policy, settings) as client:
        yield Fetcher(client, settings, stats)


def listed_policy(sites: frozenset[str], settings: ScraperSettings) -> Policy:
    """The sites of an address list may be fetched; only those that ACNEFLOW_SCRAPER_LOCAL_SITES names may be local.

    Raises InvalidInputError if nothing may be fetched from one of them.
    """
    local = frozenset(site for site in (part.strip() for part in settings.scraper_local_sites.split(",")) if site)
    for site in sites:
        require_allowed(f"http://{site}")
    return Policy(sites=sites - local, local_sites=sites & local)


def web_client(policy: Policy, settings: ScraperSettings) -> WebClient:
    return WebClient(
        policy,
        user_agent=settings.user_agent(version("acneflow-scraper")),
        connections_per_host=settings.scraper_connections_per_host,
        timeout_s=settings.scraper_timeout_s,
    )


def require_allowed(address: str) -> str:
    """The site of an address; raises InvalidInputError if it has none, or its terms forbid what we do."""
    try:
        site = site_of(address)
    except ValueError as error:
        raise InvalidInputError(str(error)) from error
    host = site.rpartition(":")[0] or site
    for domain, why in FORBIDDEN_DOMAINS.items():
        if host == domain or host.endswith(f".{domain}"):
            raise InvalidInputError(f"{host} is {why}; nothing is fetched from there")
    return site
