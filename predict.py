#!/usr/bin/env python3
"""Ask the model about photos on this machine, without any server.

    .venv/bin/python predict.py PHOTO_OR_FOLDER… [--model DIR] [--top-k N] [--json]

The same bytes → pixels function and the same LiteRT file as the servers'. Photos are read, never written or sent.
Exit code 1: a photo couldn't be used; 2: there is no model, or no photo.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf import text_format
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.decisions import NOTICE, Answer, Decision, decide
from contracts.model import ModelDescription
from imaging import DEFAULT_LIMITS, ImageRefusedError, read_pixels
from inference import LiteRtModel, UnusableModelError
from wire import serving_pb2 as pb

VOLUME = Path(__file__).resolve().parent / ".acneflow" / "serving"
"""Where the embedded stack keeps the versions that it serves."""
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
STYLES = {Decision.CONFIDENT: "bold green", Decision.UNCERTAIN: "bold yellow", Decision.UNSUPPORTED: "bold red"}
BAR_CELLS = 20

Result = Answer | ImageRefusedError | OSError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class NothingToDoError(Exception):
    """There is no model, or no photo; the message says what to do."""


@app.command(no_args_is_help=True)
def main(
    photos: Annotated[list[Path], typer.Argument(help="Photos, or folders of them.", show_default=False)],
    *,
    model: Annotated[
        Path | None,
        typer.Option(help="A version's folder (model.json, model.tflite); default: what the stack has in production."),
    ] = None,
    volume: Annotated[
        Path, typer.Option(help="The serving volume to find that version on.", envvar="ACNEFLOW_SERVING_VOLUME")
    ] = VOLUME,
    name: Annotated[str, typer.Option(help="The model's name on the volume.", envvar="ACNEFLOW_MODEL")] = "acne",
    top_k: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Ask the model about photos on this machine, without any server."""
    try:
        paths = list(_files(photos))
        if not paths:
            raise NothingToDoError(f"no JPEG, PNG or WebP file in {', '.join(map(str, photos))}")
        with LiteRtModel(model or _in_production(volume, name)) as loaded:
            results = dict(zip(paths, _answers(loaded, paths), strict=True))
            description = loaded.description
    except (NothingToDoError, UnusableModelError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    (_print_json if as_json else _print_table)(description, results, top_k)
    raise typer.Exit(any(not isinstance(result, Answer) for result in results.values()))


def _files(photos: Iterable[Path]) -> Iterator[Path]:
    """Each file that was named, and the pictures in each folder."""
    for path in photos:
        if path.is_dir():
            yield from sorted(child for child in path.rglob("*") if child.suffix.lower() in SUFFIXES)
        else:
            yield path


def _in_production(volume: Path, name: str) -> Path:
    """The folder of the version that the model server answers with."""
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


def _answers(model: LiteRtModel, paths: Iterable[Path]) -> list[Result]:
    """One result for each photo, in their order; decoding and inference share the cores."""

    def answer(path: Path) -> Result:
        try:
            with path.open("rb") as file:
                data = file.read(DEFAULT_LIMITS.max_bytes + 1)  # one more than accepted is enough to refuse it
            outputs = model.submit(read_pixels(data)).result()
        except (ImageRefusedError, OSError) as error:
            return error
        it = model.description
        return decide(outputs.probabilities[0].tolist(), float(outputs.support[0]), it.classes, it.thresholds)

    with ThreadPoolExecutor(model.workers) as pool:
        return list(pool.map(answer, paths))


def _print_table(description: ModelDescription, results: dict[Path, Result], top_k: int) -> None:
    console = Console(highlight=False)
    trained = f"{description.trained_at:%d %B %Y}"
    console.print(Text(f"{description.name} version {description.version}, trained {trained}", style="bold"))
    table = Table("photo", "answer", show_lines=True)
    for path, result in results.items():
        table.add_row(Text(str(path), overflow="fold"), _in_words(result, top_k))
    console.print(table)
    if description.synthetic:
        console.print(Text(f"Synthetic: {description.notice}", style="yellow"))
    console.print(Text(NOTICE, style="yellow"))


def _in_words(result: Result, top_k: int) -> Text:
    """The decision, its sentence, and the classes where they mean something."""
    if not isinstance(result, Answer):
        return Text("not used: ", style="bold red").append(_refusal(result), style="not bold default")
    words = Text(f"{result.decision}: ", style=STYLES[result.decision]).append(
        result.sentence, style="not bold default"
    )
    shown = () if result.decision is Decision.UNSUPPORTED else result.ranked[:top_k]
    for ranked in shown:
        cells = round(ranked.probability * BAR_CELLS)
        words.append(f"\n{ranked.probability:6.1%} ", style="not bold default").append("█" * cells, style="cyan")
        words.append("░" * (BAR_CELLS - cells), style="not bold dim")
        words.append(f" {ranked.display_name}", style="not bold default")
    return words


def _print_json(description: ModelDescription, results: dict[Path, Result], top_k: int) -> None:
    model = description.model_dump(
        mode="json", include={"name", "version", "dataset_id", "trained_at", "synthetic", "notice"}
    )
    photos = [{"photo": str(path), **_as_json(result, top_k)} for path, result in results.items()]
    print(json.dumps({"model": model, "photos": photos, "notice": NOTICE}, indent=2, ensure_ascii=False))


def _as_json(result: Result, top_k: int) -> dict[str, object]:
    if not isinstance(result, Answer):
        return {"error": _refusal(result)}
    ranked = [
        {"label": entry.label, "display_name": entry.display_name, "confidence": round(entry.probability, 6)}
        for entry in result.ranked[:top_k]
    ]
    return {"prediction": ranked[0], "top_k": ranked, "decision": result.decision, "sentence": result.sentence}


def _refusal(error: ImageRefusedError | OSError) -> str:
    return f"the file can't be read: {error.strerror}" if isinstance(error, OSError) else str(error)


if __name__ == "__main__":
    app()
