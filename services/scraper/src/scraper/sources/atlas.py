"""A web atlas with dermnet.com's pages. The label of an image is the gallery it hangs in, never its file name."""

import asyncio
from collections.abc import AsyncGenerator

from contracts.snapshot import RefusedImage
from contracts.taxonomy import Taxonomy
from scraper.errors import Refusal, SiteChangedError
from scraper.http.fetcher import Fetcher
from scraper.sources.atlas_pages import GalleryPage, gallery_slugs, parse_gallery, photo_slugs, says_synthetic
from scraper.sources.protocol import Batch, Candidate, Section, Survey
from scraper.sources.reading import LabelledSite

MAX_GALLERY_PAGES = 1000
"""More than any atlas has; a page that claims more isn't believed."""
MAX_THUMBNAILS = 2000
"""On one page, likewise; dermnet.com shows some tens."""


class Atlas(LabelledSite):
    """A site with a category page, galleries and thumbnails."""

    name: str
    synthetic: bool
    notice: str
    licence: str
    """Where a page states none."""

    def __init__(self, site: str, taxonomy: Taxonomy, fetcher: Fetcher) -> None:
        super().__init__(taxonomy, fetcher)
        self._site = site.rstrip("/")

    async def survey(self) -> Survey:
        """The galleries on the category page that the taxonomy names."""
        url = f"{self._site}/images/{self._taxonomy.category}"
        page = await self._fetcher.page(url)
        self._require_right_site(url, says_synthetic(page))
        slugs = gallery_slugs(page, url, self._taxonomy.category)
        fed = {slug: found for slug in slugs if (found := self._taxonomy.of_gallery(slug)) is not None}
        if not fed:
            raise SiteChangedError(
                f"expected links to galleries on {url}, found {len(slugs)} and none that the taxonomy "
                f"{self._taxonomy.name!r} names; has the site changed?"
            )
        galleries: dict[str, str] = {}
        linked = await asyncio.gather(*(self._galleries(slug) for slug in fed))
        for fallback, slugs_of_photos in zip(fed.values(), linked, strict=True):
            for gallery in slugs_of_photos:
                # a gallery that the taxonomy names goes by that, wherever it is linked from
                galleries[gallery] = (self._taxonomy.of_gallery(gallery) or fallback).name
        return Survey(
            classes=self._classes(set(galleries.values())),
            sections=tuple(Section(label, f"{self._site}/images/{slug}") for slug, label in galleries.items()),
            left_out=tuple(f"gallery {slug}, which the taxonomy doesn't name" for slug in slugs if slug not in fed),
        )

    async def images(self, section: Section, resume_at: str) -> AsyncGenerator[Batch, None]:
        """The images of one gallery, a page at a time; `resume_at` is a page's number and the last one's."""
        number, last = (int(part) for part in (resume_at or "1 1").split())
        while number <= last:
            url = f"{section.address}/photos/{number}"
            page = await self._page(url)
            if number == 1:
                last = page.last_page
            found = [
                Candidate(
                    url=thumbnail.image,
                    page=url,
                    label=section.label,
                    group=thumbnail.case or thumbnail.image,
                    licence=page.licence or self.licence,
                    skin_tone=thumbnail.monk,
                )
                for thumbnail in page.thumbnails
            ]
            strangers = [
                RefusedImage(url=url, page=url, label=section.label, reason=Refusal.NO_IMAGE_LINK)
            ] * page.strangers
            number += 1
            yield Batch((*found, *strangers), resume_at=f"{number} {last}")

    async def _galleries(self, slug: str) -> tuple[str, ...]:
        """The galleries of a sub-category; mostly it is one itself."""
        url = f"{self._site}/images/{slug}"
        page = await self._fetcher.page(url)
        self._require_right_site(url, says_synthetic(page))
        return photo_slugs(page, url) or (slug,)

    async def _page(self, url: str) -> GalleryPage:
        page = parse_gallery(await self._fetcher.page(url), url)
        self._require_right_site(url, page.synthetic)
        if not page.structured:
            raise SiteChangedError(f"expected a place for thumbnails on {url}, found none; has the site changed?")
        if page.last_page > MAX_GALLERY_PAGES:
            msg = f"{url} claims to have {page.last_page} pages, more than the {MAX_GALLERY_PAGES} that are believed"
            raise SiteChangedError(msg)
        if len(page.thumbnails) + page.strangers > MAX_THUMBNAILS:
            count = len(page.thumbnails) + page.strangers
            raise SiteChangedError(
                f"{url} has {count} thumbnails, more than the {MAX_THUMBNAILS} that are believed; has the site changed?"
            )
        return page

    def _require_right_site(self, url: str, says_synthetic: bool) -> None:
        """Refuse a page that belongs to another kind of site."""
