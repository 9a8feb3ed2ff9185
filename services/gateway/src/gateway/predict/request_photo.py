"""The photo out of a request, whichever way it was sent; it stays in memory and never touches the disk."""

import asyncio
import base64
import binascii
import json
import sys
from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from gateway.http.body_limits import media_type
from gateway.http.errors import BodyTooLargeError, MalformedRequestError, RefusedImageError, UnsupportedMediaTypeError
from imaging import DEFAULT_LIMITS, ImageRefusedError, Reason
from imaging.formats import MEDIA_TYPES

FORM_FIELD = "image"
FORM_TYPE = "multipart/form-data"
JSON_TYPE = "application/json"
FORM_OVERHEAD_BYTES = 64 * 1024
"""Boundaries, part headers and small extra fields around the photo in a form."""
MAX_JSON_BYTES = DEFAULT_LIMITS.max_bytes * 4 // 3 + FORM_OVERHEAD_BYTES
"""A photo in base64."""

Fetch = Callable[[str], Awaitable[bytes]]
"""From an address to the photo there."""


def max_body_bytes(media_type: str) -> int:
    if media_type == JSON_TYPE:
        return MAX_JSON_BYTES
    return DEFAULT_LIMITS.max_bytes + (FORM_OVERHEAD_BYTES if media_type == FORM_TYPE else 0)


async def read_image(request: Request, fetch: Fetch) -> bytes:
    """The bytes of the one photo that a request brings or points to, unchecked.

    Raises:
        UnsupportedMediaTypeError: if it is neither a form nor an image nor JSON.
        MalformedRequestError: if the form is damaged or has not exactly one file named `image`, or the JSON names
            not exactly one photo.
        RefusedImageError: if it has more bytes than any photo may have.
        GatewayError: as `fetch`.
    """
    try:
        return await _read(request, fetch)
    except BodyTooLargeError as error:
        message = f"the file has more than the {DEFAULT_LIMITS.max_bytes:,} bytes that are accepted"
        raise RefusedImageError(ImageRefusedError(Reason.TOO_MANY_BYTES, message)) from error


async def read_form(request: Request, *, max_files: int) -> FormData:
    """A form with its files in memory; close it after use."""
    parser = _InMemoryParser(request.headers, request.stream(), max_files=max_files, max_fields=16, max_part_size=4096)
    try:
        return await parser.parse()
    except MultiPartException as error:
        files = "one file" if max_files == 1 else f"{max_files} files"
        raise MalformedRequestError(f"The form is damaged, cut short, or holds more than {files}.") from error


async def _read(request: Request, fetch: Fetch) -> bytes:
    sent_type = media_type(request.headers)
    if sent_type in MEDIA_TYPES:
        return await request.body()
    if sent_type == FORM_TYPE:
        return await _from_form(request)
    if sent_type == JSON_TYPE:
        found = await asyncio.to_thread(_photo_or_address, await request.body())
        return await fetch(found) if isinstance(found, str) else found
    raise UnsupportedMediaTypeError(f"The Content-Type is {sent_type!r}." if sent_type else "There is no Content-Type.")


class _InMemoryParser(MultiPartParser):
    spool_max_size = sys.maxsize
    """Never to disk; what `BodyLimits` lets through fits in memory."""


async def _from_form(request: Request) -> bytes:
    form = await read_form(request, max_files=1)
    try:
        file = form.get(FORM_FIELD)
        if not isinstance(file, UploadFile):
            msg = f"The form has no file in the field {FORM_FIELD!r}."
            raise MalformedRequestError(msg, advice=f"Send one file in the form field {FORM_FIELD!r}.")
        return await file.read()
    finally:
        await form.close()


def _photo_or_address(body: bytes) -> bytes | str:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("The body is no valid JSON.") from error
    match document:
        case {"image_b64": str(text), **rest} if not rest:
            try:
                return base64.b64decode(text.encode("ascii", "replace"), validate=True)
            except binascii.Error as error:
                raise MalformedRequestError("'image_b64' is no valid base64.") from error
        case {"image_url": str(url), **rest} if not rest:
            return url
    raise MalformedRequestError(
        "The JSON isn't one of those accepted.", advice='Send {"image_b64": "…"} or {"image_url": "https://…"}.'
    )
