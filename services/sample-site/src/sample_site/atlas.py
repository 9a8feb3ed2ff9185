"""The plan of the atlas: which cases there are, in which gallery each photo hangs, and what is wrong with which.

Pure and cheap: nothing is drawn here. The same seed and size give the same plan, on any machine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from contracts.taxonomy import Taxonomy
from sample_site.dirt import COPIES, EXTRAS, Dirt
from sample_site.lesions import DRAWN_CLASSES
from sample_site.tones import MONK_TONES

SHOTS = (2, 1, 4, 3)
"""Photos per case, in turn."""
SECOND_GALLERY_SHARE = 5
"""Where two galleries feed a class, every fifth case hangs in the second."""
CASES_PER_DEFECT = 8
"""One photo of each kind of dirt for so many cases per class."""
FILE_PREFIX = "07Acne"
"""File names say nothing about the class, as on dermnet.com: the gallery is the label."""
MEMBERS_PREFIX = "members-"
"""Names that robots.txt forbids."""


@dataclass(frozen=True, slots=True)
class Case:
    """One invented patient: the same skin in all its shots."""

    number: int
    label: str
    monk: int
    """Monk skin tone, 1 to 10."""
    shots: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thumbnail in a gallery."""

    gallery: str
    label: str
    """The class that the gallery feeds."""
    name: str
    """File name without suffix."""
    case_id: str
    """What the page says; copies are filed under a case of their own."""
    case: Case
    """Whose skin is drawn."""
    shot: int
    dirt: Dirt | None = None
    original: str | None = None
    """Of a copy: the name of the photo it shows again."""

    @property
    def usable(self) -> bool:
        return self.dirt is None or self.dirt.usable


@dataclass(frozen=True)
class Atlas:
    """The whole site as data.

    A class has at least 2 cases; 40 for each give 900 photos besides the dirt.
    """

    seed: int = 0
    cases_per_class: int = 40
    photos_per_page: int = 12
    taxonomy: Taxonomy = field(default_factory=Taxonomy.load)

    @cached_property
    def galleries(self) -> dict[str, str]:
        """The galleries' slugs, each with the class it feeds."""
        drawn = [c for c in self.taxonomy.classes if c.name in DRAWN_CLASSES]
        return {slug: c.name for c in drawn for slug in c.galleries}

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """All cases, class by class; skin tones and numbers of shots go round, so each class has all of them."""
        per_class = self.cases_per_class
        return tuple(
            Case(number, label, 1 + number % len(MONK_TONES), SHOTS[(i + i // len(MONK_TONES)) % len(SHOTS)])
            for k, label in enumerate(dict.fromkeys(self.galleries.values()))
            for i, number in ((i, k * per_class + i) for i in range(per_class))
        )

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every thumbnail of the site in the order of its galleries, the dirty ones with their kind of dirt."""
        clean = [entry for case in self.cases for entry in self._shots(case)]
        named = self._with_names(clean, start=1)
        dirty = self._with_names(list(self._dirty(named)), start=1 + len(named))
        rng = np.random.default_rng([self.seed, 2])
        places = {slug: [e for e in named if e.gallery == slug] for slug in self.galleries}
        for entry in dirty:
            wall = places[entry.gallery]
            wall.insert(int(rng.integers(len(wall) + 1)), entry)
        return tuple(entry for wall in places.values() for entry in wall)

    @cached_property
    def by_name(self) -> dict[str, Entry]:
        """The entry behind each file name; for an address that hangs twice, the one where it belongs."""
        ordered = sorted(self.entries, key=lambda entry: entry.dirt is Dirt.TWO_LABELS, reverse=True)
        return {entry.name: entry for entry in ordered}

    @cached_property
    def slow_page(self) -> tuple[str, int]:
        """The gallery page that keeps its readers waiting: slug and page number."""
        slugs = list(self.galleries)
        slug = slugs[int(np.random.default_rng([self.seed, 3]).integers(len(slugs)))]
        return slug, self.pages(slug)

    def dirty(self, kind: Dirt) -> tuple[Entry, ...]:
        """Where this kind of dirt stands."""
        return tuple(entry for entry in self.entries if entry.dirt is kind)

    def pages(self, slug: str) -> int:
        return max(1, -(-len(self._wall(slug)) // self.photos_per_page))

    def page(self, slug: str, number: int) -> tuple[Entry, ...]:
        """The thumbnails on one page of a gallery, numbered from 1."""
        return self._wall(slug)[(number - 1) * self.photos_per_page : number * self.photos_per_page]

    def _wall(self, slug: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.gallery == slug)

    def _shots(self, case: Case) -> Iterator[Entry]:
        first, *others = (slug for slug, fed in self.galleries.items() if fed == case.label)
        second = others and (case.number + case.number // len(MONK_TONES)) % SECOND_GALLERY_SHARE == 0
        slug = others[0] if second else first
        for shot in range(case.shots):
            yield Entry(slug, case.label, "", f"case-{case.number:04d}", case, shot)

    def _dirty(self, clean: Sequence[Entry]) -> Iterator[Entry]:
        rng = np.random.default_rng([self.seed, 1])
        first_shots = [entry for entry in clean if entry.shot == 0]
        chosen = (first_shots[i] for i in rng.permutation(len(first_shots)))
        for number in range(max(1, self.cases_per_class // CASES_PER_DEFECT)):
            for kind in COPIES:
                yield self._copy(next(chosen), kind, f"case-{len(self.cases) + number * len(COPIES):04d}", rng)
            for kind in EXTRAS:
                victim = next(chosen)
                yield replace(victim, name="", shot=victim.case.shots, dirt=kind)

    def _copy(self, entry: Entry, kind: Dirt, case_id: str, rng: np.random.Generator) -> Entry:
        same_class = kind in {Dirt.DUPLICATE_SAME_LABEL, Dirt.NEAR_DUPLICATE}
        slugs = [s for s, fed in self.galleries.items() if (fed == entry.label) is same_class and s != entry.gallery]
        slug = slugs[int(rng.integers(len(slugs)))] if slugs else entry.gallery
        copy = replace(entry, gallery=slug, label=self.galleries[slug], dirt=kind, original=entry.name)
        return copy if kind is Dirt.TWO_LABELS else replace(copy, name="", case_id=case_id)

    def _with_names(self, entries: Sequence[Entry], *, start: int) -> list[Entry]:
        named = []
        for number, entry in enumerate(entries, start):
            prefix = MEMBERS_PREFIX if entry.dirt is Dirt.DISALLOWED else FILE_PREFIX
            named.append(replace(entry, name=entry.name or f"{prefix}{number:04d}"))
        return named
