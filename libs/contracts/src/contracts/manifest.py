"""The base of everything that is written to the store as JSON."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class InvalidManifestError(ValueError):
    """An object in the store isn't what its key promises; the message names the object and the fault."""


def _stays_inside(path: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or any(part in {"", ".", ".."} for part in parts):
        msg = f"{path!r} is not a plain relative path"
        raise ValueError(msg)
    return path


RelativePath = Annotated[str, AfterValidator(_stays_inside), Field(min_length=1, max_length=512)]


class Contract(BaseModel):
    """A frozen, versioned JSON document; unknown fields are refused, so a reader never half-understands it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def to_json(self) -> bytes:
        """The document as indented UTF-8 JSON."""
        return self.model_dump_json(indent=2).encode()

    @classmethod
    def from_json(cls, data: bytes, *, origin: str) -> Self:
        """Read and check a document.

        Args:
            data: UTF-8 JSON.
            origin: where it came from, for the error message.

        Raises:
            InvalidManifestError: if it isn't valid JSON of this shape.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "document"
            msg = f"{origin} is no valid {cls.__name__}: {field}: {first['msg']}"
            raise InvalidManifestError(msg) from error


class Document(Contract):
    """A contract that is an object of its own, with its schema's version inside."""

    schema_version: Literal[1] = 1


class FileEntry(Contract):
    """One file of a published folder."""

    path: RelativePath
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class ClassLabel(Contract):
    """A class as machines (`name`) and people (`display_name`) call it."""

    name: Slug
    display_name: str


def utc_now() -> AwareDatetime:
    """Now, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
