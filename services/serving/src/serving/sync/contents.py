"""What a version must be, once its bytes are here: a SavedModel that is whole, and labels that belong to it.

The model server proves the rest when it loads the version and predicts the golden pictures.
"""

from pathlib import Path

from contracts.manifest import ClassLabel
from contracts.models.version import LITERT_FILE, ModelDescription, VersionManifest
from imaging import INPUT_SIDE_PX, PREPROCESSING
from inference import load_description
from serving.errors import VersionRefusedError

GRAPH_FILE = "saved_model.pb"
VARIABLES_FILES = ("variables/variables.index", "variables/variables.data-00000-of-*")

_STRING_VAL = b"\x42"
"""Tag of TensorProto.string_val (field 8, length-delimited)."""


def check_contents(folder: Path, manifest: VersionManifest) -> None:
    """Check a version folder whose files are as its manifest says.

    Raises:
        VersionRefusedError: with the first thing that is wrong.
        UnusableModelError: if `model.json` can't be read.
    """
    description = load_description(folder)
    _check_description(description, manifest)
    for name in (GRAPH_FILE, *VARIABLES_FILES, LITERT_FILE):
        if not any(folder.glob(name)):
            msg = f"{name} is missing"
            raise VersionRefusedError(msg)
    if _constant(description.classes) not in (folder / GRAPH_FILE).read_bytes():
        names = ", ".join(label.name for label in description.classes)
        msg = f"the graph's labels aren't those of model.json, in that order: {names}"
        raise VersionRefusedError(msg)


def _check_description(description: ModelDescription, manifest: VersionManifest) -> None:
    if (description.name, description.version) != (manifest.name, manifest.version):
        msg = f"model.json is of {description.name} version {description.version}, unlike the manifest"
        raise VersionRefusedError(msg)
    if description.preprocessing != PREPROCESSING:
        msg = f"it was trained with preprocessing {description.preprocessing!r}, but here pixels are {PREPROCESSING!r}"
        raise VersionRefusedError(msg)
    if description.input_size != INPUT_SIDE_PX:
        msg = f"it takes pictures of {description.input_size} px, but here they have {INPUT_SIDE_PX} px"
        raise VersionRefusedError(msg)


def _constant(classes: tuple[ClassLabel, ...]) -> bytes:
    """How the graph's constant of labels is written."""
    names = (label.name.encode() for label in classes)
    return b"".join(_STRING_VAL + bytes([len(name)]) + name for name in names)
