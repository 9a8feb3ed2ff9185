"""`acneflow demo`: the whole loop once, from an empty machine to answers by a model that this run published."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from acneflow_client import Client, ClientError, PipelineRun, PipelineTask, RunRequest, Source
from contracts.models.version import ModelDescription
from objectstore import ObjectStore, StoreError
from stack.lifecycle import up
from stack.manager import ProcessManager, unexpected_exits
from stack.preflight import check_disk
from stack.production import held_out_images, production_model, sources_of
from stack.services import open_store
from stack.settings import Installation, StackError, StackSettings

NEEDED_DATA: dict[Source, str] = {
    "folder": "a folder that holds one folder of images for each class, at least two, or a .csv or .parquet table "
    "with the columns path and label",
    "urls": "a .csv or .parquet table with the columns url and label",
}
TABLES = {".csv", ".parquet"}
PREDICTIONS = 3
RUN_TIMEOUT_S = 3600.0
SERVED_TIMEOUT_S = 60.0
BAR_CELLS = 24
QUIET_STATES = {None, "none", "scheduled", "queued", "deferred"}
COLOURS = {"success": "green", "failed": "red", "upstream_failed": "red", "skipped": "yellow", "up_for_retry": "yellow"}


@dataclass(frozen=True, slots=True)
class DemoRequest:
    source: Source
    data: Path | None = None
    """A folder of class folders or a table of images; for the source `urls`, a table of addresses."""
    force: bool = False


def demo(installation: Installation, request: DemoRequest, console: Console) -> None:
    """Start the stack, run the pipeline through the gateway, predict on images it never saw."""
    began = time.monotonic()
    data = _data_path(request)
    console.print("[bold]1. Services")
    settings = up(installation, console.print)
    with (
        _with_causes(settings),
        Client(settings.gateway_url, api_key=settings.admin_key.get_secret_value()) as client,
    ):
        loop = _Loop(client, open_store(settings), settings, console)
        console.print("[bold]2. Pipeline")
        model = loop.ensure_model(request, data)
        console.print(f"[bold]3. Predictions[/] by version {model.version}, on images it wasn't trained with")
        loop.predict(model)
    _print_addresses(settings, console)
    console.print(f"[dim]took {time.monotonic() - began:.0f} s; next: `make status`, `make logs`, `make down`[/]")


@contextmanager
def _with_causes(settings: StackSettings) -> Iterator[None]:
    """Say of a failure what may lie behind it: a full disk, or a service that was killed meanwhile."""
    began = datetime.now()  # noqa: DTZ005  (the process manager's log has local times)
    try:
        yield
    except (StackError, StoreError, ClientError) as error:
        check_disk(settings.state)
        exits = unexpected_exits(ProcessManager(settings.state).own_log, since=began)
        causes = [f"  meanwhile {name} {how}" for name, how in exits.items()]
        raise StackError("\n".join([str(error), *causes])) from error


def _data_path(request: DemoRequest) -> str | None:
    """The absolute path of a source's own data; None for a source that needs none."""
    if request.source not in NEEDED_DATA:
        if request.data is not None:
            raise StackError(f"SOURCE={request.source} takes no DATA; it has images of its own")
        return None
    if request.data is None:
        raise StackError(f"SOURCE={request.source} needs DATA=<path>: {NEEDED_DATA[request.source]}")
    data = request.data.expanduser().resolve()
    if data.suffix.lower() in TABLES and data.is_file():
        return str(data)
    classes = [path for path in data.iterdir() if path.is_dir()] if data.is_dir() else []
    if request.source == "urls" or len(classes) < 2:
        found = f"is a folder of {len(classes)} folders" if data.is_dir() else "is no such file"
        raise StackError(f"{data} {found}; SOURCE={request.source} needs {NEEDED_DATA[request.source]}")
    return str(data)


@dataclass(frozen=True, slots=True)
class _Loop:
    client: Client
    store: ObjectStore
    settings: StackSettings
    console: Console

    def ensure_model(self, request: DemoRequest, data: str | None) -> ModelDescription:
        before = production_model(self.store, self.settings.model)
        known = before is not None and request.source in sources_of(self.store, before)
        if before is not None and known and request.source == "sample" and not request.force:
            self.console.print(
                f"  skipped: version {before.version} is in production and was trained on this source "
                "(`make demo FORCE=1` trains anew)"
            )
            self._wait_until_served()
            return before
        # a run for another source than production's may have been judged before: only a forced one takes over again
        force = request.force or (before is not None and not known)
        run = self.client.start_run(
            RunRequest(source=request.source, force=force, **({request.source: data} if data else {}))
        )
        self.console.print(f"  run {run.id}")
        self._follow(run)
        model = production_model(self.store, self.settings.model)
        if model is None:
            raise StackError(f"run {run.id} put nothing into production: its gate rejected the first version")
        self._wait_until_served()
        return model

    def predict(self, model: ModelDescription) -> None:
        names = {label.name: label.display_name for label in model.classes}
        for image in held_out_images(self.store, model, PREDICTIONS):
            answer = self.client.predict(image.data, top_k=PREDICTIONS)
            if answer.model.version != model.version:
                raise StackError(f"version {answer.model.version} answered where {model.version} was expected")
            title = Text("  its source says: ").append(names[image.label], style="bold")
            self.console.print(title.append(f"  (image {image.sha256[:12]})", style="dim"))
            self.console.print(Text("  the model says:  ").append(answer.sentence, style="bold"))
            for ranked in answer.top_k:
                bar = "█" * round(ranked.confidence * BAR_CELLS)
                self.console.print(
                    Text(f"    {ranked.display_name:<42} {bar:<{BAR_CELLS}} {_percent(ranked.confidence):>7}")
                )
        if model.synthetic:
            self.console.print(Text(f"  {model.notice}", style="yellow"))
        self.console.print(Text(f"  {answer.notice}", style="yellow"))

    def _follow(self, run: PipelineRun) -> None:
        shown: dict[str, tuple[str | None, bool]] = {}
        with self.console.status("the pipeline runs …"):
            for now in self.client.follow(run.id, timeout_s=RUN_TIMEOUT_S, poll_s=1.0):
                for task in now.tasks:
                    news = (task.state, task.result is not None)
                    if task.state not in QUIET_STATES and shown.get(task.id) != news:
                        shown[task.id] = news
                        self.console.print(_line(task))
                run = now
        if run.state != "success":
            failed = ", ".join(task.id for task in run.tasks if task.state == "failed") or "no task"
            logs = self.settings.state / "airflow" / "logs"
            raise StackError(f"run {run.id} ended as {run.state}; failed: {failed}; its logs: {logs}")

    def _wait_until_served(self) -> None:
        readiness = self.client.wait_until_ready(timeout_s=SERVED_TIMEOUT_S)
        if not readiness.ready:
            raise StackError(f"nothing is served after {SERVED_TIMEOUT_S:.0f} s: {readiness.reason}; see `make logs`")


def _line(task: PipelineTask) -> Text:
    ended = task.state != "running" and task.seconds is not None
    line = Text(f"  {task.id:<9} ")
    line.append(f"{task.state or '':<15}", style=COLOURS.get(task.state or "", "default"))
    line.append(f"{task.seconds:6.1f} s" if ended else "        ")
    return line.append(f"  {_in_words(task.id, task.result)}")


def _in_words(task: str, result: object) -> str:
    """A step's result as a person would say it; empty for a step that hasn't one."""
    if not isinstance(result, dict):
        return ""
    found: dict[str, object] = result
    words = ""
    match task:
        case "scrape":
            unchanged = ", nothing new since the last time" if found.get("unchanged") else ""
            words = f"{found.get('images')} images, {found.get('refused')} refused{unchanged}"
        case "prepare":
            words = ", ".join(f"{split} {found.get(split)}" for split in ("train", "validation", "test"))
        case "train":
            words = f"validation macro-F1 {_round(found.get('validation_macro_f1'))}"
        case "evaluate":
            verdict = "passed the gate" if found.get("accepted") else "did not pass the gate"
            words = f"version {found.get('version')}: test macro-F1 {_round(found.get('macro_f1'))}, {verdict}"
        case "promote":
            words = str(found.get("reason", ""))
        case "verify":
            words = f"version {found.get('version')} answers"
    return words


def _round(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "unknown"


def _percent(share: float) -> str:
    """To a tenth of a per cent, but never nothing and never all."""
    if share < 0.001:
        return "< 0.1%"
    return "> 99.9%" if share > 0.999 else f"{share:.1%}"


def _print_addresses(settings: StackSettings, console: Console) -> None:
    console.print("[bold]4. Where to look")
    login = f"user {settings.airflow_username}, password: ACNEFLOW_AIRFLOW_PASSWORD in .env"
    rows = {
        "web page": settings.page_url,
        "API, documented": f"{settings.gateway_url}/docs",
        "Airflow": f"{settings.airflow_url} ({login})",
        "model server (gRPC)": settings.serving_address,
    }
    for what, where in rows.items():
        console.print(f"  {what:<20} {where}")
