"""Google's SCIN: skin photos that people contributed with consent, labelled by dermatologists, with skin tones.

https://github.com/google-research-datasets/scin; SCIN Data Use License: share and adapt with attribution, and never
try to find out who somebody is. The case is the group: its up to three photos show one person.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator

from contracts.snapshot import SnapshotClass
from contracts.taxonomy import Taxonomy
from scraper.crawl.memory import Room
from scraper.errors import SiteChangedError
from scraper.http.fetcher import Fetcher
from scraper.http.validators import Validators
from scraper.sources.protocol import Batch, Candidate, Content, Section, Survey, Unchanged
from scraper.sources.scin_tables import Case, cases_of

CASES = "dataset/scin_cases.csv"
LABELS = "dataset/scin_labels.csv"
MAX_TABLE_BYTES = 50 * 2**20
"""Each has a few megabytes."""
LICENCE = "SCIN Data Use License"
BATCH = 200
"""Cases that are noted at a time."""


class Scin:
    """A bucket, or a mirror, with SCIN's files.

    Args:
        base: address of the folder in which `dataset/` lies.
        taxonomy: which conditions belong to which class.
        minimum_weight: the least weight that a case's first condition must have.
        fetcher: the way to it.
    """

    name = "scin"
    synthetic = False
    one_site = True
    notice = (
        "Images from SCIN (Skin Condition Image Network), contributed by people with their consent and labelled by "
        "dermatologists; Google LLC, SCIN Data Use License."
    )

    def __init__(self, base: str, taxonomy: Taxonomy, minimum_weight: float, fetcher: Fetcher) -> None:
        self._base = base.rstrip("/")
        self._taxonomy = taxonomy
        self._minimum_weight = minimum_weight
        self._fetcher = fetcher
        self._cases: dict[str, list[Case]] = {}

    async def survey(self) -> Survey:
        """Read both tables and sort the cases by class.

        Raises:
            SiteChangedError: if the tables aren't SCIN's, or no case fits the taxonomy.
        """
        tables = [
            await self._fetcher.page(f"{self._base}/{name}", max_bytes=MAX_TABLE_BYTES) for name in (CASES, LABELS)
        ]
        by_class: defaultdict[str, list[Case]] = defaultdict(list)
        left_out: Counter[str] = Counter()
        for case in cases_of(*tables):
            found = self._taxonomy.of_scin(case.condition)
            if case.why_unusable is not None:
                left_out[case.why_unusable] += 1
            elif found is None:
                left_out["cases whose first condition the taxonomy doesn't name"] += 1
            elif case.weight < self._minimum_weight:
                left_out[f"cases whose first condition weighs less than {self._minimum_weight:g}"] += 1
            else:
                by_class[found.name].append(case)
        if not by_class:
            reasons = "; ".join(f"{count} {what}" for what, count in left_out.most_common())
            msg = (
                f"no case of {self._base} fits the taxonomy {self._taxonomy.name!r} ({reasons or 'there are no cases'})"
            )
            raise SiteChangedError(msg)
        self._cases = dict(by_class)
        digest = hashlib.sha256(b"".join(hashlib.sha256(table).digest() for table in tables)).hexdigest()
        return Survey(
            classes=tuple(
                SnapshotClass(
                    name=c.name, display_name=c.display_name, minimum_images=self._taxonomy.minimum_of(c.name)
                )
                for c in self._taxonomy.classes
                if c.name in by_class
            ),
            sections=tuple(
                Section(label, f"{self._base}@{digest}@{self._minimum_weight}") for label in sorted(by_class)
            ),
            left_out=tuple(f"{count} {what}" for what, count in left_out.most_common()),
        )

    async def images(self, section: Section, resume_at: str) -> AsyncGenerator[Batch, None]:
        """The photos of a class, case by case; `resume_at` is how many cases came before."""
        cases = self._cases[section.label]
        for begin in range(int(resume_at or "0"), len(cases), BATCH):
            some = cases[begin : begin + BATCH]
            yield Batch(
                tuple(self._candidate(case, path, section.label) for case in some for path in case.images),
                resume_at=str(begin + len(some)),
            )

    async def read(self, url: str, known: Validators | None, room: Room) -> Content | Unchanged:
        """See `Fetcher.image`."""
        return await self._fetcher.image(url, known, room.for_large_body)

    def wait_s(self, host: str) -> float:
        """See `Fetcher.wait_s`."""
        return self._fetcher.wait_s(host)

    def should_still_have(self, url: str, label: str) -> bool:  # noqa: ARG002
        """Images of classes that were taken out of the taxonomy aren't missed."""
        return any(c.name == label for c in self._taxonomy.classes)

    def _candidate(self, case: Case, path: str, label: str) -> Candidate:
        return Candidate(
            url=f"{self._base}/{path}",
            page=f"{self._base}/{CASES}",
            label=label,
            group=case.case_id,
            licence=LICENCE,
            skin_tone=case.monk,
            fitzpatrick=case.fitzpatrick,
        )
