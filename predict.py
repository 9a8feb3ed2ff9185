#!/usr/bin/env python3
"""Ask the model about photos on this machine, without any server.

    .venv/bin/python predict.py PHOTO_FOLDER_OR_GLOB… [--model PATH] [--engine float|int8|savedmodel]
                                [--format table|json|csv] [--explain FOLDER] [--top-k N] [--gateway URL]

The same bytes → pixels function and the same files as the servers'. Photos are read, never written, and sent only where
--gateway says so. Exit code 1: a photo couldn't be used; 2: there is no model, or no photo.
"""

import csv
import glob
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
import typer

from contracts.models.decisions import NOTICE, Answer, Decision, RankedClass, decide
from contracts.models.version import (
    DESCRIPTION_FILE,
    LITERT_FILE,
    LITERT_INT8_FILE,
    SAVED_MODEL_FOLDER,
    ModelDescription,
)
from imaging import DEFAULT_LIMITS, ImageRefusedError, formats, read_pixels, upright_rgb
from inference import LiteRtClassifier, UnusableModelError, load_description, usable_cores
from inference.overlay import overlay

if TYPE_CHECKING:
    from inference.saved_model import SavedModel

VOLUME = Path(__file__).resolve().parent / ".acneflow" / "serving"
"""Where the embedded stack keeps the versions that it serves."""
STYLES = {Decision.CONFIDENT: "bold green", Decision.UNCERTAIN: "bold yellow", Decision.UNSUPPORTED: "bold red"}
BAR_CELLS = 20
EXPLAINED_SIDE_PX = 1024
"""An overlay is at most so large."""


class Engine(StrEnum):
    """What runs the model, and from which of a version's files."""

    FLOAT = "float"
    INT8 = "int8"
    SAVEDMODEL = "savedmodel"


class Format(StrEnum):
    """How answers are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Said:
    """What the model said of one photo."""

    answer: Answer
    support: float
    heatmap: npt.NDArray[np.float32]
    explanation: Path | None = None
    """Where the overlay was written."""


class UnansweredError(Exception):
    """A photo that can't be used; the message says why."""


class NothingToDoError(Exception):
    """There is no model, or no photo; the message says what to do."""


Result = Said | UnansweredError
Results = Mapping[Path, Result]
About = Mapping[str, object]
"""The model: name, version, dataset_id, trained_at, synthetic, notice."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(no_args_is_help=True)
def main(
    photos: Annotated[list[str], typer.Argument(help="Photos, folders of them, or globs.", show_default=False)],
    *,
    model: Annotated[
        Path | None,
        typer.Option(help="A version's folder, or one of its files; default: what the stack has in production."),
    ] = None,
    engine: Annotated[
        Engine | None, typer.Option(help="Which of its files to run.", show_default="float, else what is there")
    ] = None,
    volume: Annotated[
        Path, typer.Option(help="The serving volume to find that version on.", envvar="ACNEFLOW_SERVING_VOLUME")
    ] = VOLUME,
    name: Annotated[str, typer.Option(help="The model's name on the volume.", envvar="ACNEFLOW_MODEL")] = "acne",
    gateway: Annotated[str | None, typer.Option(help="Send the photos to a gateway instead, by its address.")] = None,
    explain: Annotated[
        Path | None, typer.Option(help="Write into this folder where the model looked, drawn over each photo.")
    ] = None,
    top_k: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 3,
    form: Annotated[Format, typer.Option("--format", help="How to print the answers.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Ask the model about photos on this machine, without any server."""
    try:
        paths = list(dict.fromkeys(_files(photos)))
        if not paths:
            raise NothingToDoError(f"no {formats.NAMES} file in {', '.join(photos)}")
        if gateway is None:
            about, results = _ask_here(paths, model or _in_production(volume, name), engine)
        else:
            about, results = _ask_gateway(paths, gateway, top_k)
        if explain is not None:
            results = dict(zip(results, _with_overlays(results, explain), strict=True))
    except (NothingToDoError, UnusableModelError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    printers = {Format.TABLE: _print_table, Format.JSON: _print_json, Format.CSV: _print_csv}
    printers[Format.JSON if as_json else form](about, results, top_k)
    raise typer.Exit(any(isinstance(result, UnansweredError) for result in results.values()))


def _files(named: Iterable[str]) -> Iterator[Path]:
    """Each file that was named, the pictures in each folder, and what each glob matches."""
    for name in named:
        path = Path(name)
        is_pattern = glob.has_magic(name) and not path.exists()
        # Path.glob takes no absolute pattern
        found = map(Path, glob.iglob(name, recursive=True)) if is_pattern else [path]  # noqa: PTH207
        for each in sorted(found):
            if each.is_dir():
                yield from sorted(child for child in each.rglob("*") if formats.is_photo_name(child.name))
            else:
                yield each


def _in_production(volume: Path, name: str) -> Path:
    """The folder of the version that the model server answers with."""
    from google.protobuf import text_format  # noqa: PLC0415 - a tenth of a second, for those who name no model

    from wire import serving_pb2 as pb  # noqa: PLC0415

    config_file = volume / "models.config"
    advice = "run `make demo` first, or name a version's folder with --model"
    try:
        config = text_format.Parse(config_file.read_text(), pb.ModelServerConfig())
    except OSError as error:
        raise NothingToDoError(f"{config_file} can't be read ({error.strerror}); {advice}") from error
    except text_format.ParseError as error:
        raise NothingToDoError(f"{config_file} is no model config: {error}") from error
    for entry in config.model_config_list.config:
        if entry.name == name and "production" in entry.version_labels:
            return volume / name / str(entry.version_labels["production"])
    raise NothingToDoError(f"{config_file} names no version of {name!r} as production; {advice}")


def _ask_here(paths: Sequence[Path], model: Path, engine: Engine | None) -> tuple[About, Results]:
    """Ask a version on this disk; decoding and inference share the cores."""
    folder, file = _locate(model, engine)
    description = load_description(folder)
    workers = min(usable_cores(), len(paths))
    with _open(folder, file, description, workers) as network, ThreadPoolExecutor(workers) as pool:

        def ask(path: Path) -> Result:
            try:
                outputs = network.submit(read_pixels(_read(path))).result()
            except (ImageRefusedError, UnansweredError) as error:
                return UnansweredError(str(error))
            support = float(outputs.support[0])
            answer = decide(outputs.probabilities[0].tolist(), support, description.classes, description.thresholds)
            return Said(answer, support, outputs.heatmap[0])

        results = dict(zip(paths, pool.map(ask, paths), strict=True))
    fields = {"name", "version", "dataset_id", "trained_at", "synthetic", "notice"}
    return description.model_dump(mode="json", include=fields), results


def _locate(model: Path, engine: Engine | None) -> tuple[Path, Path]:
    """The version's folder, and the file or folder of it that is run."""
    if model.is_file():
        return model.parent, model
    folder = model if (model / DESCRIPTION_FILE).exists() or model.name != SAVED_MODEL_FOLDER else model.parent
    saved = folder if (folder / "saved_model.pb").exists() else folder / SAVED_MODEL_FOLDER
    files = {Engine.FLOAT: folder / LITERT_FILE, Engine.INT8: folder / LITERT_INT8_FILE, Engine.SAVEDMODEL: saved}
    if engine is None:
        wanted = [Engine.SAVEDMODEL] if folder != model else list(Engine)
        engine = next((each for each in wanted if files[each].exists()), Engine.FLOAT)
    return folder, files[engine]


def _open(folder: Path, file: Path, description: ModelDescription, workers: int) -> "LiteRtClassifier | SavedModel":
    if file.suffix == ".tflite":
        classes, side_px = len(description.classes), description.input_size
        return LiteRtClassifier(file, classes=classes, side_px=side_px, workers=workers)
    from inference.saved_model import SavedModel  # noqa: PLC0415 - brings TensorFlow

    return SavedModel(folder, workers=workers)


def _ask_gateway(paths: Sequence[Path], address: str, top_k: int) -> tuple[About, Results]:
    """Ask a gateway: the photos leave this machine if it isn't on it."""
    from acneflow_client import Client, ClientError, Prediction  # noqa: PLC0415 - not needed without a gateway

    about: dict[str, object] = {}

    def said(prediction: Prediction) -> Said:
        about.update(prediction.model.model_dump(mode="json", exclude={"channel"}))
        ranked = tuple(
            RankedClass(label=each.label, display_name=each.display_name, probability=each.confidence)
            for each in prediction.top_k
        )
        answer = Answer(decision=Decision(prediction.decision), sentence=prediction.sentence, ranked=ranked)
        return Said(answer, prediction.support, np.array(prediction.heatmap or [[0.0]], dtype=np.float32))

    def ask(client: Client, path: Path) -> Result:
        try:
            return said(client.predict(_read(path), top_k=top_k, explain=True))
        except (ClientError, UnansweredError) as error:
            return UnansweredError(str(error))

    with Client(address) as client, ThreadPoolExecutor(usable_cores()) as pool:
        results = dict(zip(paths, pool.map(partial(ask, client), paths), strict=True))
    if not about:
        first = next(iter(results.values()))
        raise NothingToDoError(f"the gateway at {address} answered none of the photos: {first}")
    return about, results


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(DEFAULT_LIMITS.max_bytes + 1)  # one more than accepted is enough to refuse it
    except OSError as error:
        raise UnansweredError(f"the file can't be read: {error.strerror}") from error


def _with_overlays(results: Results, folder: Path) -> Iterator[Result]:
    """The results, with an overlay written for each photo that was given a class."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NothingToDoError(f"{folder} can't be made: {error.strerror}") from error
    taken: set[str] = set()
    for path, result in results.items():
        if isinstance(result, UnansweredError) or result.answer.decision is Decision.UNSUPPORTED:
            yield result
            continue
        stem = path.stem
        while stem in taken:
            stem += "_"
        taken.add(stem)
        picture = upright_rgb(_read(path), at_least_px=EXPLAINED_SIDE_PX)
        picture.thumbnail((EXPLAINED_SIDE_PX, EXPLAINED_SIDE_PX))
        target = folder / f"{stem}.explained.png"
        overlay(picture, result.heatmap).save(target)
        yield Said(result.answer, result.support, result.heatmap, target)


def _print_table(about: About, results: Results, top_k: int) -> None:
    from rich.console import Console  # noqa: PLC0415 - programs ask for JSON or CSV
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    def in_words(result: Result) -> Text:
        """The decision, its sentence, and the classes where they mean something."""
        if isinstance(result, UnansweredError):
            return Text("not used: ", style="bold red").append(str(result), style="not bold default")
        answer = result.answer
        words = Text(f"{answer.decision}: ", style=STYLES[answer.decision])
        words.append(answer.sentence, style="not bold default")
        for ranked in () if answer.decision is Decision.UNSUPPORTED else answer.ranked[:top_k]:
            cells = round(ranked.probability * BAR_CELLS)
            words.append(f"\n{ranked.probability:6.1%} ", style="not bold default").append("█" * cells, style="cyan")
            words.append("░" * (BAR_CELLS - cells), style="not bold dim")
            words.append(f" {ranked.display_name}", style="not bold default")
        if result.explanation is not None:
            words.append(f"\nwhere it looked: {result.explanation}", style="not bold dim")
        return words

    console = Console(highlight=False)
    trained = str(about["trained_at"]).partition("T")[0]
    console.print(Text(f"{about['name']} version {about['version']}, trained {trained}", style="bold"))
    table = Table("photo", "answer", show_lines=True)
    for path, result in results.items():
        table.add_row(Text(str(path), overflow="fold"), in_words(result))
    console.print(table)
    if about["synthetic"]:
        console.print(Text(f"Synthetic: {about['notice']}", style="yellow"))
    console.print(Text(NOTICE, style="yellow"))


def _print_json(about: About, results: Results, top_k: int) -> None:
    photos = [{"photo": str(path), **_as_json(result, top_k)} for path, result in results.items()]
    print(json.dumps({"model": about, "photos": photos, "notice": NOTICE}, indent=2, ensure_ascii=False))


def _as_json(result: Result, top_k: int) -> dict[str, object]:
    if isinstance(result, UnansweredError):
        return {"error": str(result)}
    answer = result.answer
    ranked = [
        {"label": entry.label, "display_name": entry.display_name, "confidence": round(entry.probability, 6)}
        for entry in answer.ranked[:top_k]
    ]
    explained = {} if result.explanation is None else {"explanation": str(result.explanation)}
    said = {"decision": answer.decision, "sentence": answer.sentence, "support": round(result.support, 6)}
    return {"prediction": ranked[0], "top_k": ranked, **said, **explained}


def _print_csv(about: About, results: Results, top_k: int) -> None:
    places = [(f"label_{place}", f"confidence_{place}") for place in range(1, top_k + 1)]
    columns = ["photo", "decision", "support", *(name for pair in places for name in pair), "explanation", "error"]
    table = csv.DictWriter(sys.stdout, [*columns, "model", "version", "synthetic"], restval="")
    table.writeheader()
    for path, result in results.items():
        row: dict[str, object] = {"photo": path, "model": about["name"], "version": about["version"]}
        row["synthetic"] = about["synthetic"]
        if isinstance(result, UnansweredError):
            row["error"] = result
        else:
            row |= {"decision": result.answer.decision, "support": f"{result.support:.6f}"}
            row["explanation"] = result.explanation or ""
            for (label, confidence), entry in zip(places, result.answer.ranked, strict=False):
                row |= {label: entry.label, confidence: f"{entry.probability:.6f}"}
        table.writerow(row)


if __name__ == "__main__":
    app()
