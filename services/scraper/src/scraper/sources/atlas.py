"""A web atlas with dermnet.com's pages. The label of an image is the gallery it hangs in, never its file name."""

from collections.abc import AsyncGenerator

from contracts.snapshot import RefusedImage, SnapshotClass, SnapshotImage
from contracts.steps import InvalidInputError
from contracts.taxonomy import Taxonomy
from scraper.errors import Refusal, SiteChangedError
from scraper.fetcher import Fetcher
from scraper.sources.atlas_pages import GalleryPage, gallery_slugs, parse_gallery, says_synthetic
from scraper.sources.protocol import Candidate, Content, Found, Section, Survey
from scraper.validators import Validators

MAX_GALLERY_PAGES = 1000
"""More than any atlas has; a page that claims more isn't believed."""


class SampleAtlas:
    """The sample site: an atlas whose every page must say that it is synthetic.

    Args:
        site: its address, without a path.
        taxonomy: which galleries feed which class.
        fetcher: the way to it.
    """

    name = "sample"
    synthetic = True
    notice = "The pictures are synthetic: drawn by a program, they show nobody's skin and prove nothing about any."

    def __init__(self, site: str, taxonomy: Taxonomy, fetcher: Fetcher) -> None:
        self._site = site.rstrip("/")
        self._taxonomy = taxonomy
        self._fetcher = fetcher

    async def survey(self) -> Survey:
        """The galleries on the category page that the taxonomy names.

        Raises:
            SiteChangedError: if there are none.
            InvalidInputError: if the site doesn't say that it is synthetic.
        """
        url = f"{self._site}/images/{self._taxonomy.category}"
        page = await self._fetcher.page(url)
        self._require_synthetic(url, says_synthetic(page))
        slugs = gallery_slugs(page, url, self._taxonomy.category)
        fed = {slug: found for slug in slugs if (found := self._taxonomy.of_gallery(slug)) is not None}
        if not fed:
            msg = (
                f"expected links to galleries on {url}, found {len(slugs)} and none that the taxonomy "
                f"{self._taxonomy.name!r} names; has the site changed?"
            )
            raise SiteChangedError(msg)
        names = {found.name for found in fed.values()}
        return Survey(
            classes=tuple(
                SnapshotClass(
                    name=c.name, display_name=c.display_name, minimum_images=self._taxonomy.minimum_of(c.name)
                )
                for c in self._taxonomy.classes
                if c.name in names
            ),
            sections=tuple(Section(found.name, f"{self._site}/images/{slug}") for slug, found in fed.items()),
            left_out=tuple(f"gallery {slug}, which the taxonomy doesn't name" for slug in slugs if slug not in fed),
        )

    async def images(self, section: Section) -> AsyncGenerator[Found, None]:
        """The images of one gallery, page by page.

        Raises:
            SiteChangedError: if a page has no place for thumbnails, or there are too many pages to be true.
        """
        number, last = 1, 1
        while number <= last:
            url = f"{section.address}/photos/{number}"
            page = await self._page(url)
            if number == 1:
                last = page.last_page
            for thumbnail in page.thumbnails:
                yield Candidate(
                    url=thumbnail.image,
                    page=url,
                    label=section.label,
                    group=thumbnail.case or thumbnail.image,
                    licence=page.licence or "not stated",
                    skin_tone=thumbnail.monk,
                )
            for _ in range(page.strangers):
                yield RefusedImage(url=url, page=url, label=section.label, reason=Refusal.NO_IMAGE_LINK)
            number += 1

    async def read(self, url: str, known: Validators | None) -> Content | None:
        """See `Fetcher.image`."""
        return await self._fetcher.image(url, known)

    def should_still_have(self, image: SnapshotImage) -> bool:
        """Images of classes that were taken out of the taxonomy aren't missed."""
        return any(c.name == image.label for c in self._taxonomy.classes)

    async def _page(self, url: str) -> GalleryPage:
        page = parse_gallery(await self._fetcher.page(url), url)
        self._require_synthetic(url, page.synthetic)
        if not page.structured:
            msg = f"expected a place for thumbnails on {url}, found none; has the site changed?"
            raise SiteChangedError(msg)
        if page.last_page > MAX_GALLERY_PAGES:
            msg = f"{url} claims to have {page.last_page} pages, more than the {MAX_GALLERY_PAGES} that are believed"
            raise SiteChangedError(msg)
        return page

    def _require_synthetic(self, url: str, says_so: bool) -> None:
        if not says_so:
            msg = (
                f'{url} doesn\'t say <meta name="synthetic" content="true">, so it is no sample site; '
                "its pictures aren't taken under that name. Check ACNEFLOW_SAMPLE_SITE_URL"
            )
            raise InvalidInputError(msg)
