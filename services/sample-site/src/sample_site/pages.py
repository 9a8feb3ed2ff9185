"""The site's HTML, with the structure that dermnet.com had; it knows the atlas and no web server."""

from collections.abc import Iterable
from html import escape

from contracts.taxonomy import Taxonomy
from sample_site.atlas import MEMBERS_PREFIX, Atlas, Entry

NOTICE = "Every picture on this site is drawn by a program. They are synthetic and show nobody's skin."
LICENCE = "CC0-1.0"
CRAWL_DELAY_S = 0.005
"""What robots.txt asks for: small enough for a demo, and large enough to be measured."""

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem;color:#222;background:#fafafa}
.notice{background:#fff3cd;border:1px solid #e0c36a;padding:.5rem .8rem;border-radius:.3rem}
.thumbnails{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.8rem}
.thumbnails a{color:#444;font-size:.8rem;text-decoration:none}.thumbnails img{display:block;width:100%}
.pagination{margin:1rem 0}.pagination>*{padding:.2rem .5rem}.current{font-weight:bold}#disImg{max-width:100%}
"""


def robots() -> str:
    """robots.txt (RFC 9309), with a delay and a forbidden corner."""
    return (
        f"User-agent: *\nCrawl-delay: {CRAWL_DELAY_S}\nDisallow: /members/\nDisallow: /dn2/allJPG3/{MEMBERS_PREFIX}\n"
    )


def home(atlas: Atlas) -> str:
    category = atlas.taxonomy.category
    return _page("Synthetic atlas", f'<p><a href="/images/{category}">{escape(_words(category))}</a></p>')


def category(atlas: Atlas) -> str:
    links = "".join(f'<li><a href="/images/{slug}">{escape(_words(slug))}</a></li>' for slug in atlas.galleries)
    return _page(_words(atlas.taxonomy.category), f'<ul class="galleries">{links}</ul>')


def gallery(atlas: Atlas, slug: str, number: int) -> str:
    title = f"{_title(atlas.taxonomy, slug)} – page {number}"
    thumbnails = "".join(_thumbnail(entry) for entry in atlas.page(slug, number))
    pagination = " ".join(_pagination(slug, number, atlas.pages(slug)))
    back = f'<p><a href="/images/{atlas.taxonomy.category}">All galleries</a></p>'
    body = f'{back}<div class="thumbnails">{thumbnails}</div><div class="pagination">{pagination}</div>'
    return _page(title, body)


def viewer(atlas: Atlas, entry: Entry) -> str:
    caption = f"Case {escape(entry.case_id)}, Monk skin tone {entry.case.monk}, licence {LICENCE}"
    body = (
        f'<p><a href="/images/{entry.gallery}">Back to the gallery</a></p>'
        f'<p><img id="disImg" src="/dn2/allJPG3/{entry.name}.jpg" alt="synthetic picture {entry.name}"'
        f' data-case="{escape(entry.case_id)}" data-monk="{entry.case.monk}"></p><p>{caption}</p>'
    )
    return _page(_title(atlas.taxonomy, entry.gallery), body)


def members() -> str:
    """What lies behind the link that robots.txt forbids."""
    return _page("Members", "<p>A crawler that reads this didn't heed robots.txt.</p>")


def error(status: int, what: str) -> str:
    return _page(f"{status}", f"<p>{escape(what)}</p>")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<title>{escape(title)}</title><meta name="synthetic" content="true">'
        f'<meta name="licence" content="{LICENCE}"><style>{_STYLE}</style></head><body>'
        f'<p class="notice">{NOTICE} Licence: {LICENCE}.</p><h1>{escape(title)}</h1>{body}'
        '<p><a href="/">Home</a> <a href="/members/">Members</a></p></body></html>\n'
    )


def _thumbnail(entry: Entry) -> str:
    return (
        f'<a href="/images/{entry.gallery}/picture/{entry.name}" data-case="{escape(entry.case_id)}"'
        f' data-monk="{entry.case.monk}"><img src="/dn2/allJPGThumb3/{entry.name}.jpg"'
        f' alt="synthetic picture {entry.name}" loading="lazy">Monk {entry.case.monk}</a>'
    )


def _pagination(slug: str, current: int, last: int) -> Iterable[str]:
    for number in range(1, last + 1):
        if number == current:
            yield f'<span class="current">{number}</span>'
        else:
            yield f'<a href="/images/{slug}/photos/{number}">{number}</a>'
    if current < last:
        yield f'<a href="/images/{slug}/photos/{current + 1}">Next</a>'


def _title(taxonomy: Taxonomy, slug: str) -> str:
    fed = taxonomy.of_gallery(slug)
    return _words(slug) if fed is None else f"{_words(slug)} ({fed.display_name})"


def _words(slug: str) -> str:
    return slug.replace("-", " ")
