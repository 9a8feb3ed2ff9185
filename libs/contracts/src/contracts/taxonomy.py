"""The classes that a source is collected for. They stand in a YAML file, so changing them needs no code."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from contracts.manifest import ClassLabel, Document, Slug


class TaxonomyError(ValueError):
    """The taxonomy file can't be used; the message says what is wrong with it."""


class TaxonomyClass(ClassLabel):
    """One class: its gallery slugs on dermnet.com, its names in SCIN, and the fewest images it may be trained with."""

    galleries: tuple[str, ...] = ()
    scin: tuple[str, ...] = ()
    """What SCIN's dermatologists call it, besides its own name."""
    minimum_images: Annotated[int, Field(ge=1)] | None = None


class Taxonomy(Document):
    """All classes, with the minimum that holds where a class names none of its own."""

    name: Slug
    category: str
    """The gallery category's slug that links to all galleries."""
    minimum_images: Annotated[int, Field(ge=1)]
    classes: Annotated[tuple[TaxonomyClass, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for what, names in (
            ("class", [c.name for c in self.classes]),
            ("gallery", [g.casefold() for c in self.classes for g in c.galleries]),
            ("SCIN condition", [s.casefold() for c in self.classes for s in c.scin]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                msg = f"{what} named twice: {', '.join(twice)}"
                raise ValueError(msg)
        return self

    @classmethod
    def from_yaml(cls, text: str, *, origin: str) -> Self:
        """Read a taxonomy.

        Raises:
            TaxonomyError: if it isn't YAML or not a taxonomy.
        """
        try:
            return cls.model_validate(yaml.safe_load(text))
        except yaml.YAMLError as error:
            msg = f"{origin} is no valid YAML: {error}"
            raise TaxonomyError(msg) from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "file"
            msg = f"{origin}: {field}: {first['msg']}"
            raise TaxonomyError(msg) from error

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The taxonomy in `path`, or the one that ships with the project.

        Raises:
            TaxonomyError: if the file is missing or wrong.
        """
        if path is None:
            return cls.from_yaml(files("contracts").joinpath("taxonomy.yaml").read_text(), origin="taxonomy.yaml")
        try:
            text = path.read_text()
        except OSError as error:
            msg = f"the taxonomy {path} can't be read: {error.strerror}"
            raise TaxonomyError(msg) from error
        return cls.from_yaml(text, origin=str(path))

    def of_gallery(self, slug: str) -> TaxonomyClass | None:
        """The class that a gallery feeds; slugs are compared without regard to case."""
        for candidate in self.classes:
            if slug.casefold() in (gallery.casefold() for gallery in candidate.galleries):
                return candidate
        return None

    def of_scin(self, condition: str) -> TaxonomyClass | None:
        """The class that a SCIN condition is, by the class' own name or those in `scin`, without regard to case."""
        for candidate in self.classes:
            names = (candidate.name.replace("-", " "), *candidate.scin)
            if condition.casefold() in (name.casefold() for name in names):
                return candidate
        return None

    def minimum_of(self, name: str) -> int:
        """The fewest images class `name` may be trained with; the general minimum for an unknown class."""
        own = next((c.minimum_images for c in self.classes if c.name == name), None)
        return self.minimum_images if own is None else own
