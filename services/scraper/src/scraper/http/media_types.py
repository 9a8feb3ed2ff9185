"""What a server calls its answer. It can rule a photo out and never rule one in: that is for the content to do.

Types that servers also give to what they know nothing of (text/plain, application/octet-stream, none) rule nothing out.
"""

from scraper.errors import Refusal

_BY_TYPE = {
    "text/html": Refusal.HTML,
    "application/xhtml+xml": Refusal.HTML,
    "image/svg+xml": Refusal.SVG,
    "text/xml": Refusal.SVG,
    "application/xml": Refusal.SVG,
    "application/zip": Refusal.ARCHIVE,
    "application/gzip": Refusal.ARCHIVE,
    "application/x-gzip": Refusal.ARCHIVE,
    "application/x-tar": Refusal.ARCHIVE,
    "application/x-7z-compressed": Refusal.ARCHIVE,
    "application/vnd.rar": Refusal.ARCHIVE,
    "application/json": Refusal.CONTENT_TYPE,
    "application/pdf": Refusal.CONTENT_TYPE,
    "application/javascript": Refusal.CONTENT_TYPE,
    "text/javascript": Refusal.CONTENT_TYPE,
    "text/css": Refusal.CONTENT_TYPE,
    "text/csv": Refusal.CONTENT_TYPE,
}
_BY_KIND = {"video": Refusal.CONTENT_TYPE, "audio": Refusal.CONTENT_TYPE, "font": Refusal.CONTENT_TYPE}


def why_no_photo(content_type: str | None) -> Refusal | None:
    """Why an answer of this Content-Type can't be a photo; None if it may be one."""
    media_type = (content_type or "").partition(";")[0].strip().casefold()
    return _BY_TYPE.get(media_type) or _BY_KIND.get(media_type.partition("/")[0])
