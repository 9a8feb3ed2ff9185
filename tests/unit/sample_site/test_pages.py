"""The page structure that a scraper of dermnet.com relied on, and the metadata that this site adds."""

import re

from lxml import html  # type: ignore[import-untyped]

from contracts.taxonomy import Taxonomy
from sample_site import pages
from sample_site.atlas import Atlas
from sample_site.dirt import Dirt


def tree(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def test_the_category_links_to_every_gallery_and_each_feeds_a_class_of_the_taxonomy(atlas: Atlas) -> None:
    links = tree(pages.category(atlas)).xpath("//ul[@class='galleries']//a/@href")
    assert links == [f"/images/{slug}" for slug in atlas.galleries]
    taxonomy = Taxonomy.load()
    assert all(taxonomy.of_gallery(slug) is not None for slug in atlas.galleries)
    expected = "Acne-Open-Comedo Acne-Closed-Comedo Acne-Pustular Acne-Cystic Rosacea Rosacea-Nose "
    expected += "Perioral-Dermatitis Hidradenitis-Suppurativa Milia"
    assert set(expected.split()) <= atlas.galleries.keys()


def test_pagination_shows_all_numbers_and_then_next_except_on_the_last_page() -> None:
    atlas = Atlas(cases_per_class=12)
    slug, last = "Milia", atlas.pages("Milia")
    assert last >= 3
    for number in range(1, last + 1):
        texts = tree(pages.gallery(atlas, slug, number)).xpath("//div[@class='pagination']/*/text()")
        numbers = [str(n) for n in range(1, last + 1)]
        assert texts == (numbers if number == last else [*numbers, "Next"])
    hrefs = tree(pages.gallery(atlas, slug, 1)).xpath("//div[@class='pagination']/a/@href")
    assert hrefs == [*(f"/images/{slug}/photos/{n}" for n in range(2, last + 1)), f"/images/{slug}/photos/2"]


def test_walking_all_pages_finds_every_photo_once_where_the_atlas_says_it_hangs(atlas: Atlas) -> None:
    seen = []
    for slug in atlas.galleries:
        for number in range(1, atlas.pages(slug) + 1):
            for anchor in tree(pages.gallery(atlas, slug, number)).xpath("//*[@class='thumbnails']//a"):
                (image,) = anchor.xpath("img/@src")
                match = re.fullmatch(r"/dn2/allJPGThumb3/([\w-]+)\.jpg", image)
                assert match is not None
                seen.append((slug, match[1], anchor.get("data-case"), anchor.get("data-monk")))
    assert seen == [(e.gallery, e.name, e.case_id, str(e.case.monk)) for e in atlas.entries]


def test_a_viewer_page_shows_the_full_image(atlas: Atlas) -> None:
    entry = atlas.entries[0]
    page = tree(pages.viewer(atlas, entry))
    assert page.xpath("//img[@id='disImg']/@src") == [f"/dn2/allJPG3/{entry.name}.jpg"]
    assert page.xpath("//img[@id='disImg']/@data-case") == [entry.case_id]


def test_every_page_says_that_it_is_synthetic_and_under_which_licence(atlas: Atlas) -> None:
    entry = atlas.entries[0]
    for text in (
        pages.home(atlas),
        pages.category(atlas),
        pages.gallery(atlas, entry.gallery, 1),
        pages.viewer(atlas, entry),
        pages.members(),
        pages.error(404, "nothing"),
    ):
        page = tree(text)
        assert page.xpath("//meta[@name='synthetic']/@content") == ["true"]
        assert page.xpath("//meta[@name='licence']/@content") == ["CC0-1.0"]
        assert "synthetic" in page.text_content()


def test_file_names_give_no_class_away(atlas: Atlas) -> None:
    names = [entry.name for entry in atlas.entries if entry.dirt is not Dirt.DISALLOWED]
    assert all(re.fullmatch(r"07Acne\d{4}", name) for name in names)
