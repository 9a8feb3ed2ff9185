"""`report.html` of a dataset: the report as a page, with sample pictures; people's are blurred until clicked.

Loads nothing from anywhere and runs no script: the pictures stand in the page. Corrections are never shown: people gave
them to learn from, not to look at.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image as Pillow

from contracts.dataset import DatasetItem, DatasetManifest, DatasetReport, Split
from contracts.feedback import SOURCE as FEEDBACK
from imaging import upright_rgb
from objectstore import ObjectStore
from trainer.data.datasets import report_of
from trainer.pages import render
from trainer.photos import for_each_photo

THUMBNAIL_PX = 112
CLUSTERS_SHOWN = 12
EXCLUDED_LISTED = 200


@dataclass(frozen=True, slots=True)
class Picture:
    data: str
    caption: str


def page(
    store: ObjectStore,
    manifest: DatasetManifest,
    report: DatasetReport,
    items: Sequence[DatasetItem],
    *,
    people: bool,
) -> str:
    """The page as HTML. `people`: whether pictures may show people, and are blurred until clicked."""
    shown = {item.sha256: item for item in items if item.source != FEEDBACK}
    chosen = {label: [shown[sha256] for sha256 in of] for label, of in report.samples.items()}
    clusters = (
        []
        if report.duplicates is None
        else [
            found
            for cluster in report.duplicates.examples
            if len(found := [shown[sha256] for sha256 in cluster if sha256 in shown]) > 1
        ][:CLUSTERS_SHOWN]
    )
    wanted = {item.sha256: item for of in [*chosen.values(), *clusters] for item in of}
    pictures = _pictures(store, list(wanted.values()))
    names = {each.name: each.display_name for each in manifest.classes}
    return render(
        "dataset.html.j2",
        manifest=manifest,
        report=report,
        names=names,
        splits=tuple(Split),
        most=max(sum(of.values()) for of in report.counts.values()),
        samples={label: [pictures[item.sha256] for item in of] for label, of in chosen.items()},
        clusters=[[pictures[item.sha256] for item in cluster] for cluster in clusters],
        excluded=manifest.excluded[:EXCLUDED_LISTED],
        before=None if report.drift is None else report_of(store, report.drift.previous),
        people=people,
    )


def _pictures(store: ObjectStore, items: Sequence[DatasetItem]) -> dict[str, Picture]:
    def shrink(item: DatasetItem, data: bytes) -> Picture:
        picture = upright_rgb(data, at_least_px=THUMBNAIL_PX)
        picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Pillow.Resampling.BOX)
        stream = BytesIO()
        picture.save(stream, "JPEG", quality=80)
        encoded = base64.b64encode(stream.getvalue()).decode()
        return Picture(f"data:image/jpeg;base64,{encoded}", f"{item.label}, {item.split}, {item.sha256[:12]}")

    found: Iterable[Picture] = for_each_photo(store, items, shrink)
    return {item.sha256: picture for item, picture in zip(items, found, strict=True)}
