"""A training run as lines in a terminal: one when a task starts, one when it ends, with what it found."""

from rich.console import Console
from rich.text import Text

from acneflow_client import PipelineRun, PipelineTask

QUIET_STATES = {None, "none", "scheduled", "queued", "deferred"}
COLOURS = {"success": "green", "failed": "red", "upstream_failed": "red", "skipped": "yellow", "up_for_retry": "yellow"}


class RunPrinter:
    """Prints what changed since it was last shown a run."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[str, tuple[str | None, bool]] = {}

    def show(self, run: PipelineRun) -> None:
        """Print a line for each task that has another state, or a result that it hadn't."""
        for task in run.tasks:
            news = (task.state, task.result is not None)
            if task.state not in QUIET_STATES and self._shown.get(task.id) != news:
                self._shown[task.id] = news
                self._console.print(_line(task))


def _line(task: PipelineTask) -> Text:
    ended = task.state != "running" and task.seconds is not None
    line = Text(f"  {task.id:<9} ")
    line.append(f"{task.state or '':<15}", style=COLOURS.get(task.state or "", "default"))
    line.append(f"{task.seconds:6.1f} s" if ended else "        ")
    return line.append(f"  {in_words(task.id, task.result)}")


def in_words(task: str, result: object) -> str:
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
            words = f"validation macro-F1 {_rounded(found.get('validation_macro_f1'))}"
        case "evaluate":
            verdict = "passed the gate" if found.get("accepted") else "did not pass the gate"
            words = f"version {found.get('version')}: test macro-F1 {_rounded(found.get('macro_f1'))}, {verdict}"
        case "promote":
            words = str(found.get("reason", ""))
        case "verify":
            words = f"version {found.get('version')} answers"
    return words


def _rounded(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "unknown"
