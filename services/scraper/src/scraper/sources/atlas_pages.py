"""Reads the pages of an atlas with dermnet.com's structure. Pure: HTML in, facts out.

Category page `/images/<Category>` → sub-categories `/images/<Sub-category>` → galleries `/images/<Slug>/photos/<n>`
with `div.pagination` and `.thumbnails a`, each with an `img` at `/dn2/allJPGThumb3/<name>.jpg`; the full image is at
the same address without "Thumb".
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit

from lxml import cssselect, etree, html  # type: ignore[import-untyped]

GALLERY_PATH = re.compile(r"^/images/([A-Za-z0-9-]+)/?$")
PHOTOS_PATH = re.compile(r"^/images/([A-Za-z0-9-]+)/photos/\d+/?$")
THUMBNAIL_PATH = re.compile(r"^(/dn2/allJPG)Thumb(\d*/[^/]+)$")

_PLACES = cssselect.CSSSelector(".thumbnails")
_ANCHORS = cssselect.CSSSelector(".thumbnails a")


@dataclass(frozen=True, slots=True)
class Thumbnail:
    image: str
    """URL of the full image."""
    case: str | None
    """What the site calls the patient, if it says so."""
    monk: int | None
    """Monk skin tone, 1 to 10, if the site says so."""


@dataclass(frozen=True, slots=True)
class GalleryPage:
    structured: bool
    """Whether it has the place where thumbnails hang; an empty gallery has it too."""
    thumbnails: tuple[Thumbnail, ...]
    strangers: int
    """Thumbnails that show no picture at the address where pictures lie."""
    last_page: int
    synthetic: bool
    licence: str | None


def gallery_slugs(page: bytes, url: str, category: str) -> tuple[str, ...]:
    """Slugs of the sub-categories that a category page links to, each once, in the page's order."""
    return tuple(slug for slug in _slugs_in(page, url, GALLERY_PATH) if slug != category)


def photo_slugs(page: bytes, url: str) -> tuple[str, ...]:
    """Slugs of the galleries whose pages a sub-category page links to, likewise."""
    return _slugs_in(page, url, PHOTOS_PATH)


def says_synthetic(page: bytes) -> bool:
    return _meta(_tree(page), "synthetic") == "true"


def parse_gallery(page: bytes, url: str) -> GalleryPage:
    """Everything a gallery page (HTML) says; links in it are read against `url`."""
    tree = _tree(page)
    anchors = _ANCHORS(tree)
    read = [_thumbnail(anchor, url) for anchor in anchors]
    thumbnails = tuple(thumbnail for thumbnail in read if thumbnail is not None)
    return GalleryPage(
        structured=bool(_PLACES(tree)),
        thumbnails=thumbnails,
        strangers=len(read) - len(thumbnails),
        last_page=_last_page(tree),
        synthetic=_meta(tree, "synthetic") == "true",
        licence=_meta(tree, "licence"),
    )


def _slugs_in(page: bytes, url: str, path: re.Pattern[str]) -> tuple[str, ...]:
    site = urlsplit(url).netloc
    addresses = (urlsplit(urljoin(url, str(href))) for href in _tree(page).xpath("//a/@href"))
    matches = (path.match(address.path) for address in addresses if address.netloc == site)
    return tuple(dict.fromkeys(match[1] for match in matches if match))


def _tree(page: bytes) -> html.HtmlElement:
    try:
        return html.document_fromstring(page, parser=html.HTMLParser(encoding="utf-8"))
    except etree.ParserError:  # nothing in it
        return html.Element("html")


def _meta(tree: html.HtmlElement, name: str) -> str | None:
    found = tree.xpath("//meta[@name=$name]/@content", name=name)
    return str(found[0]).strip() or None if found else None


def _thumbnail(anchor: html.HtmlElement, url: str) -> Thumbnail | None:
    image = anchor.find(".//img")
    address = _resolve(url, image.get("src", "")) if image is not None else None
    match = THUMBNAIL_PATH.match(address.path) if address else None
    if address is None or match is None:
        return None
    full = f"{address.scheme}://{address.netloc}{match[1]}{match[2]}"
    monk = str(anchor.get("data-monk", ""))
    tone = int(monk) if re.fullmatch(r"[1-9]|10", monk) else None
    return Thumbnail(image=full, case=str(anchor.get("data-case", "")).strip() or None, monk=tone)


def _resolve(url: str, link: str) -> SplitResult:
    if link.startswith("/dn2/") and not {"?", "#", "."} & set(link[: link.rfind("/")]):
        # nearly all are like this, and urljoin takes longer than everything else about a thumbnail
        return _site_of(url)._replace(path=link.partition("?")[0].partition("#")[0])
    return urlsplit(urljoin(url, link))


@lru_cache(maxsize=1)
def _site_of(url: str) -> SplitResult:
    return urlsplit(url)


def _last_page(tree: html.HtmlElement) -> int:
    """The last number before "Next" in the pagination; 1 where there is none."""
    text = " ".join(str(part) for part in tree.xpath("//div[contains(@class, 'pagination')]//text()"))
    numbers = re.findall(r"\d{1,9}", text.partition("Next")[0])
    return max(1, int(numbers[-1])) if numbers else 1
