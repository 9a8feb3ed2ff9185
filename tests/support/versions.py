"""Published versions by the dozen: the committed ones, under as many version numbers as a test needs. No TensorFlow."""

import shutil
from pathlib import Path

from contracts import keys
from contracts.manifest import FileEntry, utc_now
from contracts.models.channels import Channels
from contracts.models.version import DESCRIPTION_FILE, SAVED_MODEL_FOLDER, ModelDescription, VersionManifest
from objectstore import ObjectNotFoundError, ObjectStore, publish_folder, read_document

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "versions"
"""Made by the `make.py` that lies there."""
SEEDS = 3
CLASSES = ("acne-pustular", "acne-cystic", "rosacea", "milia")


def rotated(seed: int) -> tuple[str, ...]:
    """The labels in this version's order."""
    return CLASSES[seed:] + CLASSES[:seed]


def broken_litert(name: str) -> bytes:
    """A LiteRT file that loads but can't be served: `nans`, `one_class_more` or `logits_only`."""
    return (FIXTURES / "broken" / f"{name}.tflite").read_bytes()


class Versions:
    """Makes version `n` from the model with seed `n % SEEDS`, so that neighbours differ in probabilities and labels."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, number: int, *, seed: int | None = None) -> Path:
        """A folder as it is published."""
        template = FIXTURES / str(number % SEEDS if seed is None else seed)
        folder = self._root / "versions" / f"{number}-{template.name}"
        if not folder.exists():
            shutil.copytree(template, folder)
            description = read_description(folder).model_copy(update={"version": number})
            (folder / DESCRIPTION_FILE).write_bytes(description.to_json())
        return folder

    def describe(self, number: int, *, seed: int | None = None) -> ModelDescription:
        """The `model.json` in that folder."""
        return read_description(self.folder(number, seed=seed))

    def publish(self, store: ObjectStore, number: int, *, seed: int | None = None) -> ModelDescription:
        """Publish that folder, manifest last; no channel points to it yet."""
        return publish_version(store, self.folder(number, seed=seed))

    def install(self, base_path: Path, number: int, *, seed: int | None = None) -> ModelDescription:
        """Put that folder where a model server looks for it: the SavedModel's content at the top."""
        target = base_path / str(number)
        source = self.folder(number, seed=seed)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(SAVED_MODEL_FOLDER))
        shutil.copytree(source / SAVED_MODEL_FOLDER, target, dirs_exist_ok=True)
        return self.describe(number, seed=seed)


def read_description(folder: Path) -> ModelDescription:
    """A version folder's `model.json`."""
    return ModelDescription.from_json((folder / DESCRIPTION_FILE).read_bytes(), origin=DESCRIPTION_FILE)


def publish_version(store: ObjectStore, folder: Path, description: ModelDescription | None = None) -> ModelDescription:
    """Publish a version folder as the trainer does, manifest last."""
    said = description or read_description(folder)

    def manifest(files: tuple[FileEntry, ...]) -> VersionManifest:
        return VersionManifest(
            name=said.name, version=said.version, created_at=utc_now(), run_id=said.run_id, files=files
        )

    publish_folder(store, keys.version(said.name, said.version), folder, manifest)
    return said


def move_channels(store: ObjectStore, *, production: int | None = None, candidate: int | None = None) -> Channels:
    """Point the channels that are named at a version, as the trainer does; returns what stands there now."""
    key = keys.channels("acne")
    try:
        channels = read_document(store, key, Channels)
    except ObjectNotFoundError:
        channels = Channels()
    if candidate is not None:
        channels = channels.with_candidate(candidate, "a test")
    if production is not None:
        channels = channels.with_production(production, "a test")
    store.put(key, channels.to_json())
    return channels
