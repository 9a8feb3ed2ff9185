"""The photo out of a request, whichever way it was sent; it stays in memory and never touches the disk."""

import sys

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from gateway.errors import BodyTooLargeError, MalformedRequestError, RefusedImageError, UnsupportedMediaTypeError
from imaging import DEFAULT_LIMITS, ImageRefusedError, Reason

FORM_FIELD = "image"
RAW_TYPES = ("image/jpeg", "image/png", "image/webp")
FORM_OVERHEAD_BYTES = 64 * 1024
"""Boundaries, part headers and small extra fields around the photo in a form."""


async def read_image(request: Request) -> bytes:
    """The bytes of the one photo that a request brings, unchecked.

    Raises:
        UnsupportedMediaTypeError: if it is neither a form nor an image.
        MalformedRequestError: if the form is damaged or has not exactly one file named `image`.
        RefusedImageError: if it has more bytes than any photo may have.
    """
    try:
        return await _read(request)
    except BodyTooLargeError as error:
        message = f"the file has more than the {DEFAULT_LIMITS.max_bytes:,} bytes that are accepted"
        raise RefusedImageError(ImageRefusedError(Reason.TOO_MANY_BYTES, message)) from error


async def _read(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in RAW_TYPES:
        return await request.body()
    if media_type == "multipart/form-data":
        return await _from_form(request)
    raise UnsupportedMediaTypeError(
        f"The Content-Type is {media_type!r}." if media_type else "There is no Content-Type."
    )


class _InMemoryParser(MultiPartParser):
    spool_max_size = sys.maxsize
    """Never to disk; what `body_limit` lets through fits in memory."""


async def _from_form(request: Request) -> bytes:
    parser = _InMemoryParser(request.headers, request.stream(), max_files=1, max_fields=16, max_part_size=4096)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise MalformedRequestError("The form is damaged, cut short, or holds more than one file.") from error
    try:
        file = form.get(FORM_FIELD)
        if not isinstance(file, UploadFile):
            msg = f"The form has no file in the field {FORM_FIELD!r}."
            raise MalformedRequestError(msg, advice=f"Send one file in the form field {FORM_FIELD!r}.")
        return await file.read()
    finally:
        await form.close()
