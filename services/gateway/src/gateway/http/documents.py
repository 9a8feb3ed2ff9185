"""Documents of the store as HTTP answers: as they lie there, and so that nothing in them can act."""

from starlette.responses import Response

IMMUTABLE = "private, max-age=31536000, immutable"
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
"""A report has its styles and pictures inside and no scripts; `sandbox` gives it an origin of its own."""


def json_document(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def page(body: bytes) -> Response:
    """An HTML page that may run, load and send nothing."""
    headers = {"Content-Security-Policy": PAGE_POLICY, "Referrer-Policy": "no-referrer"}
    return Response(body, media_type="text/html", headers=headers)


def markdown(body: bytes) -> Response:
    return Response(body, media_type="text/markdown")


def jpeg(body: bytes) -> Response:
    """A picture that never changes and is nobody else's business."""
    return Response(body, media_type="image/jpeg", headers={"Cache-Control": IMMUTABLE})


def photo(body: bytes) -> Response:
    """A JPEG that may have to be deleted, so that no browser keeps it."""
    return Response(body, media_type="image/jpeg", headers={"Cache-Control": "no-store"})
