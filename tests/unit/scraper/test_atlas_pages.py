"""Reading an atlas' pages."""

import pytest

from scraper.sources.atlas_pages import gallery_slugs, parse_gallery, says_synthetic

CATEGORY = """
<a href="/images/Acne-and-Rosacea-Photos">here</a> <a href="/images/Acne-Cystic">Cystic</a>
<a href="http://atlas.example/images/Rosacea/">Rosacea</a> <a href="../images/Milia">Milia</a>
<a href="/images/Acne-Cystic">again</a> <a href="/images/Acne-Cystic/photos/1">deeper</a>
<a href="http://elsewhere.example/images/Stolen">ad</a> <a href="javascript:void(0)">x</a> <a>y</a>
"""
CATEGORY_URL = "http://atlas.example/images/Acne-and-Rosacea-Photos"
GALLERY_URL = "http://atlas.example/images/Acne-Cystic/photos/1"


def gallery(thumbnails: str = "", pagination: str = "", head: str = "") -> bytes:
    body = f'<div class="thumbnails">{thumbnails}</div><div class="pagination">{pagination}</div>'
    return f"<html><head>{head}</head><body>{body}</body></html>".encode()


def test_galleries_are_links_of_this_site_to_a_slug() -> None:
    slugs = gallery_slugs(CATEGORY.encode(), CATEGORY_URL, "Acne-and-Rosacea-Photos")
    assert slugs == ("Acne-Cystic", "Rosacea", "Milia")


def test_a_thumbnail_gives_the_full_image_its_case_and_its_tone() -> None:
    link = '<a href="/v" data-case="case-7" data-monk="10"><img src="/dn2/allJPGThumb3/Thumb-1.jpg?w=9">x</a>'
    (thumbnail,) = parse_gallery(gallery(link), GALLERY_URL).thumbnails
    assert thumbnail.image == "http://atlas.example/dn2/allJPG3/Thumb-1.jpg"
    assert (thumbnail.case, thumbnail.monk) == ("case-7", 10)


@pytest.mark.parametrize("monk", ["0", "11", "-1", "five", "", "٣"])
def test_a_tone_outside_the_scale_is_none(monk: str) -> None:
    link = f'<a data-monk="{monk}"><img src="/dn2/allJPGThumb3/a.jpg"></a>'
    (thumbnail,) = parse_gallery(gallery(link), GALLERY_URL).thumbnails
    assert (thumbnail.case, thumbnail.monk) == (None, None)


def test_links_without_a_picture_of_the_known_structure_are_counted() -> None:
    links = '<a>no image</a><a><img src="/ads/banner.gif"></a><a><img></a><a><img src="/dn2/allJPGThumb3/a.jpg"></a>'
    page = parse_gallery(gallery(links), GALLERY_URL)
    assert (len(page.thumbnails), page.strangers) == (1, 3)


@pytest.mark.parametrize(
    ("pagination", "last"),
    [
        ("", 1),
        ('<span class="current">1</span> <a>2</a> <a>3</a> <a href="/photos/2">Next</a>', 3),
        ("<a>1</a> <a>2</a> … <a>17</a> <a>Next</a> <a>99 more galleries</a>", 17),
        ("<a>Previous</a> <a>1</a> <span>2</span>", 2),
        ("Next", 1),
    ],
)
def test_the_last_page_is_the_last_number_before_next(pagination: str, last: int) -> None:
    assert parse_gallery(gallery(pagination=pagination), GALLERY_URL).last_page == last


def test_an_empty_gallery_is_told_from_a_page_without_the_structure() -> None:
    assert parse_gallery(gallery(), GALLERY_URL).structured
    assert not parse_gallery(b"<p>We have a new look!</p>", GALLERY_URL).structured


def test_licence_and_syntheticness_are_what_the_page_says() -> None:
    head = '<meta name="synthetic" content="true"><meta name="licence" content="CC0-1.0">'
    page = parse_gallery(gallery(head=head), GALLERY_URL)
    assert (page.synthetic, page.licence) == (True, "CC0-1.0")
    assert says_synthetic(gallery(head=head))
    silent = parse_gallery(gallery(), GALLERY_URL)
    assert (silent.synthetic, silent.licence) == (False, None)


@pytest.mark.parametrize("page", [b"", b"   ", b"\x00\xff", b"<", b"{}"])
def test_a_page_that_is_none_has_nothing(page: bytes) -> None:
    assert gallery_slugs(page, CATEGORY_URL, "x") == ()
    assert parse_gallery(page, GALLERY_URL).thumbnails == ()
