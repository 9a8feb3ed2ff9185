"""Published versions by the dozen: a few tiny models exported once, under as many version numbers as a test needs."""

import shutil
from pathlib import Path

from contracts.model import DESCRIPTION_FILE, SAVED_MODEL_FOLDER, ModelDescription
from objectstore import ObjectStore
from support.tiny_model import CLASSES, write_version_folder
from trainer.publish.version_folder import publish

SEEDS = 3


class Versions:
    """Makes version `n` from the model with seed `n % SEEDS`, so that neighbours differ in probabilities and labels."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, number: int, *, seed: int | None = None) -> Path:
        """A folder as it is published."""
        template = self._template(number % SEEDS if seed is None else seed)
        folder = self._root / "versions" / f"{number}-{template.name}"
        if not folder.exists():
            shutil.copytree(template, folder)
            old = ModelDescription.from_json((folder / DESCRIPTION_FILE).read_bytes(), origin=DESCRIPTION_FILE)
            (folder / DESCRIPTION_FILE).write_bytes(old.model_copy(update={"version": number}).to_json())
        return folder

    def describe(self, number: int, *, seed: int | None = None) -> ModelDescription:
        """The `model.json` in that folder."""
        data = (self.folder(number, seed=seed) / DESCRIPTION_FILE).read_bytes()
        return ModelDescription.from_json(data, origin=DESCRIPTION_FILE)

    def publish(self, store: ObjectStore, number: int, *, seed: int | None = None) -> ModelDescription:
        """Publish that folder, manifest last; no channel points to it yet."""
        description = self.describe(number, seed=seed)
        publish(store, self.folder(number, seed=seed), description)
        return description

    def install(self, base_path: Path, number: int, *, seed: int | None = None) -> ModelDescription:
        """Put that folder where a model server looks for it: the SavedModel's content at the top."""
        target = base_path / str(number)
        source = self.folder(number, seed=seed)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(SAVED_MODEL_FOLDER))
        shutil.copytree(source / SAVED_MODEL_FOLDER, target, dirs_exist_ok=True)
        return self.describe(number, seed=seed)

    def _template(self, seed: int) -> Path:
        folder = self._root / f"seed-{seed}"
        if not folder.exists():
            write_version_folder(folder, seed=seed, classes=CLASSES[seed:] + CLASSES[:seed])
        return folder
