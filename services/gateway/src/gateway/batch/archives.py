"""The photos in a ZIP, taken out one at a time and never onto the disk.

A ZIP from outside may lie about sizes, hold the same bytes many times over, name paths outside itself, or be one of
many inside each other. So nothing is believed but what comes out, that is capped, names are only labels, and what is an
archive itself isn't opened: it is no photo.
"""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from gateway.http.errors import GatewayError, InvalidParametersError, MalformedRequestError, RefusedImageError
from imaging import DEFAULT_LIMITS, ImageRefusedError, Reason

MAX_ENTRIES = 4096
"""Folders and hidden files included; each costs memory before anything is read."""
MAX_UNPACKED_BYTES = 512 * 2**20
"""Of all photos of one archive together."""
MAX_NAME = 255
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""The others may take much memory to unpack."""
_ENCRYPTED = 0x1
_DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, NotImplementedError, RuntimeError)
"""Whatever zipfile raises on bytes that aren't what they claim to be."""


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of a batch, or why there is none."""

    name: str
    data: bytes | None
    error: GatewayError | None = None


class Archive:
    def __init__(self, data: bytes, *, max_photos: int) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            entries = self._zip.infolist()
        except _DAMAGE as error:
            raise MalformedRequestError("The body is no ZIP, or a damaged one.") from error
        self._entries = [entry for entry in entries if not _is_passed_over(entry)]
        if not self._entries:
            raise InvalidParametersError("The ZIP holds no files.", reason="empty_batch")
        if len(self._entries) > max_photos or len(entries) > MAX_ENTRIES:
            detail = f"The ZIP holds {len(self._entries):,} files; at most {max_photos:,} are accepted."
            raise InvalidParametersError(detail, reason="batch_too_long")
        self._unpacked = 0

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> Iterator[Item]:
        """Unpack one after the other, in the order of the directory."""
        for entry in self._entries:
            name = shown(entry.filename)
            try:
                yield Item(name, self._unpack(entry))
            except GatewayError as error:
                yield Item(name, None, error)

    def _unpack(self, entry: zipfile.ZipInfo) -> bytes:
        if _leads_outside(entry.filename):
            raise InvalidParametersError("The file's name leads out of the archive.", reason="unsafe_name")
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _PACKINGS:
            raise InvalidParametersError("The file is encrypted, or packed in an unusual way.", reason="packing")
        if self._unpacked >= MAX_UNPACKED_BYTES:
            detail = f"the archive unpacks to more than the {MAX_UNPACKED_BYTES:,} bytes that are accepted"
            raise RefusedImageError(ImageRefusedError(Reason.TOO_MANY_BYTES, detail))
        limit = DEFAULT_LIMITS.max_bytes
        try:
            with self._zip.open(entry) as file:
                data = file.read(limit + 1)
        except _DAMAGE as error:
            detail = "the file in the archive is damaged; pack it again"
            raise RefusedImageError(ImageRefusedError(Reason.DAMAGED, detail)) from error
        self._unpacked += len(data)
        if len(data) > limit:
            detail = f"the file unpacks to more than the {limit:,} bytes that are accepted"
            raise RefusedImageError(ImageRefusedError(Reason.TOO_MANY_BYTES, detail))
        return data


def shown(name: str) -> str:
    """A file's name as it may be shown: without control characters, and not too long."""
    return "".join(char for char in name if char.isprintable())[:MAX_NAME]


def _is_passed_over(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems put beside files."""
    parts = entry.filename.split("/")
    return entry.is_dir() or parts[0] == "__MACOSX" or (parts[-1].startswith(".") and parts[-1] != "..")


def _leads_outside(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":")
