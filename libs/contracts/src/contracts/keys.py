"""Where things lie in the store. No other module spells an object key."""

from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urlsplit


class Location(NamedTuple):
    """A bucket and a key in it."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def folder(self) -> str:
        """The key up to the last slash, without it: where a manifest's files lie."""
        return self.key.rpartition("/")[0]


def parse_uri(uri: str) -> Location:
    """Split `s3://bucket/key`.

    Raises:
        ValueError: if it isn't such a URI.
    """
    parts = urlsplit(uri)
    key = parts.path.removeprefix("/")
    if parts.scheme != "s3" or not parts.netloc or not key:
        msg = f"expected s3://<bucket>/<key>, got {uri!r}"
        raise ValueError(msg)
    return Location(parts.netloc, key)


def image(sha256: str, suffix: str) -> str:
    """An image by its content; `suffix` is jpg, png, webp or heic."""
    return f"{images()}{sha256[:2]}/{sha256}.{suffix}"


def images() -> str:
    """The folder of all images."""
    return "images/"


def sources() -> str:
    """The folder of all sources."""
    return "sources/"


def source(name: str) -> str:
    """Everything of one source."""
    return f"sources/{name}"


def source_state(name: str) -> str:
    """The scraper's frontier, validators and counts: a SQLite database with a single writer."""
    return f"{source(name)}/state.sqlite"


def snapshots(name: str) -> str:
    """The folder of a source's snapshots; their names sort by time."""
    return f"{source(name)}/snapshots/"


def snapshot(name: str, at: datetime) -> str:
    """The manifest of one scrape."""
    return manifest(snapshot_folder(name, at))


def snapshot_folder(name: str, at: datetime) -> str:
    """The folder of one scrape."""
    return f"{snapshots(name)}{at:%Y%m%dT%H%M%SZ}"


def source_of(snapshot_key: str) -> str:
    """The name of the source whose snapshot's manifest lies under this key.

    Raises:
        ValueError: if no snapshot's manifest can lie there.
    """
    match snapshot_key.split("/"):
        case ["sources", name, "snapshots", _, "manifest.json"]:
            return name
    msg = f"expected the key of a snapshot's manifest, got {snapshot_key!r}"
    raise ValueError(msg)


def datasets() -> str:
    """The folder of all datasets."""
    return "datasets/"


def dataset(dataset_id: str) -> str:
    """The folder of a dataset."""
    return f"{datasets()}{dataset_id}"


def runs() -> str:
    """The folder of all training runs."""
    return "runs/"


def run(run_id: str) -> str:
    """The folder of a training run."""
    return f"runs/{run_id}"


def checkpoints(run_id: str) -> str:
    """Where a run that isn't finished goes on from; gone when it is."""
    return f"{run(run_id)}/checkpoints"


def features(extractor: str) -> str:
    """What a frozen network made of images: a cache, whose loss costs time alone."""
    return f"features/{extractor}"


def evaluation(run_id: str) -> str:
    """The gate's word on a run's version; written when the version is the candidate."""
    return f"{run(run_id)}/evaluation.json"


def run_report(run_id: str) -> str:
    """How a run's version was judged, as a page."""
    return f"{run(run_id)}/report.html"


def models() -> str:
    """The folder of all models."""
    return "models/"


def versions(model: str) -> str:
    """The folder of a model's versions."""
    return f"models/{model}/versions/"


def version(model: str, number: int) -> str:
    """The folder of one version."""
    return f"{versions(model)}{number}"


def version_claim(model: str, number: int) -> str:
    """Who took this version number; written with `If-None-Match: *` before any of the version's files."""
    return f"{version(model, number)}/claim.json"


def channels(model: str) -> str:
    """The one mutable object of a model."""
    return f"models/{model}/channels.json"


def feedback() -> str:
    """The folder of all corrections."""
    return "feedback/"


def feedback_record(day: date, feedback_id: str) -> str:
    """One person's correction."""
    return f"{feedback()}{day:%Y/%m/%d}/{feedback_id}.json"


def feedback_image(day: date, feedback_id: str) -> str:
    """The photo of a correction, where the person consented; deleted when the correction is dismissed."""
    return f"{feedback()}{day:%Y/%m/%d}/{feedback_id}.jpg"


def predictions(model: str) -> str:
    """The folder of the summaries of a model's predictions; no image is in them."""
    return f"predictions/{model}/"


def predictions_on(model: str, day: date) -> str:
    """The folder of one day's summaries, by UTC."""
    return f"{predictions(model)}{day:%Y/%m/%d}/"


def predictions_of(model: str, day: date, name: str) -> str:
    """One batch of summaries: gzipped lines of JSON."""
    return f"{predictions_on(model, day)}{name}.jsonl.gz"


def predictions_counted(model: str, day: date, number: int) -> str:
    """A version's predictions of one day, counted; written when no more can come."""
    return f"{predictions_on(model, day)}version-{number}.json"


def drift(model: str) -> str:
    """How far a model's last predictions are from its validation images; rewritten whenever it is measured."""
    return f"{predictions(model)}drift.json"


def traffic(model: str) -> str:
    """How much of a model's traffic its candidate sees."""
    return f"models/{model}/traffic.json"


def api_keys() -> str:
    """Who may call the gateway, as hashes."""
    return "access/keys.json"


def replicas() -> str:
    """The folder of the sync sidecars."""
    return "serving/"


def replica_status(replica: str) -> str:
    """What one sync sidecar holds, serves and has quarantined."""
    return f"{replicas()}{replica}/status.json"


def manifest(folder: str) -> str:
    """A folder's manifest, without which the folder doesn't exist."""
    return f"{folder}/manifest.json"
