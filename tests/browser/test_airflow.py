"""Airflow's own page in a real Chromium: the form, the graph, a run's note, and the button that ends a run.

Airflow is real and the embedded stack's; only the commands of its steps are stand-ins.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

SLOW_MS = 60_000
"""What Airflow's page may take to show what came of a run, on a busy machine."""
STEPS = ["scrape", "prepare", "train", "evaluate", "promote", "verify"]


@dataclass(frozen=True, slots=True)
class RunningAirflow:
    """Where it is, how one gets in, and the folder of its steps' commands."""

    url: str
    username: str
    password: str
    commands: Path

    @property
    def calls(self) -> list[dict[str, object]]:
        """The commands that were run, in order."""
        return [json.loads(line) for line in (self.commands / "calls.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def running(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAirflow]:
    """An Airflow of this module's own."""
    python = repository / "airflow" / ".venv" / "bin" / "python"
    serve = repository / "airflow" / "tests" / "support" / "serve.py"
    command = [python, serve, tmp_path_factory.mktemp("airflow")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        told = json.loads(process.stdout.readline())
        yield RunningAirflow(**told | {"commands": Path(told["commands"])})
        process.stdin.close()  # by which it stops


@pytest.fixture
def pipeline(chromium: Browser, running: RunningAirflow) -> Iterator[Page]:
    """The page of the training pipeline, as someone sees it who has signed in."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(SLOW_MS)
    page.goto(running.url)
    page.get_by_label("Username").fill(running.username)
    page.get_by_label("Password", exact=True).fill(running.password)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Dags").first.wait_for()
    page.goto(f"{running.url}/dags/CNN-Training-Pipeline")
    yield page
    context.close()


@pytest.fixture
def shot(pipeline: Page, screenshots: Path) -> Callable[[str], None]:
    """Keeps a picture for people to look at."""

    def take(name: str) -> None:
        pipeline.wait_for_timeout(1000)  # Airflow's page fades things in
        pipeline.screenshot(path=screenshots / f"airflow-{name}.png")

    return take


def form(page: Page) -> Locator:
    """What a run can be given."""
    page.get_by_role("button", name="Trigger").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=element_folder]").wait_for()
    return dialog


def wait_for_note(page: Page, text: str) -> None:
    """Wait until a run's page shows its note, which it reads only when it is opened."""
    for _ in range(20):
        page.reload()
        with suppress(Error):
            page.get_by_text(text).first.wait_for(timeout=5_000)
            return
    pytest.fail(f"the run's page never said {text!r}")


def test_the_form_explains_every_param_and_refuses_nonsense(
    pipeline: Page, running: RunningAirflow, shot: Callable[[str], None]
) -> None:
    dialog = form(pipeline)
    for title in ("Source", "Folder", "Classes", "Network", "Epochs", "Seed", "Train again", "Gate's margin"):
        expect(dialog.get_by_text(title).first).to_be_visible()
    expect(dialog.get_by_text("sample: the synthetic atlas")).to_be_visible()
    shot("form")
    dialog.locator("[name=element_folder]").fill("photos, somewhere")
    dialog.locator("[name=element_folder]").blur()
    with pipeline.expect_response(lambda answer: answer.url.endswith("/dagRuns")) as answered:
        dialog.get_by_role("button", name="Trigger").click()
    assert answered.value.status == 400
    assert "folder" in answered.value.text()
    expect(pipeline.get_by_text("Failed to Trigger Dag")).to_be_visible()
    shot("nonsense")
    assert not (running.commands / "calls.jsonl").exists()


def test_a_run_from_the_form_shows_its_graph_and_what_came_of_it(
    pipeline: Page, running: RunningAirflow, shot: Callable[[str], None]
) -> None:
    dialog = form(pipeline)
    dialog.locator("[name=element_seed]").fill("7")
    dialog.locator("[name=element_seed]").blur()
    dialog.get_by_role("button", name="Trigger").click()
    pipeline.wait_for_url("**/runs/**")
    wait_for_note(pipeline, "Version 3 is in production and answers: better than production.")
    shot("run")
    assert [call["arguments"][1] for call in running.calls] == ["run", *STEPS[1:]]  # type: ignore[index]
    assert "7" in running.calls[1]["arguments"]  # type: ignore[operator]
    pipeline.get_by_label("Show Graph (Press g)").click()
    nodes = pipeline.locator(".react-flow__node")
    expect(nodes).to_have_count(len(STEPS))
    places = {node.inner_text().splitlines()[0]: node.bounding_box() for node in nodes.all()}
    assert sorted(places, key=lambda name: (places[name] or {"x": 0})["x"]) == STEPS
    shot("graph")


def test_a_run_that_someone_ends_on_the_page_leaves_nothing_running(
    pipeline: Page, running: RunningAirflow, shot: Callable[[str], None]
) -> None:
    (running.commands / "train.ending").write_text("slow")
    before = len(running.calls)
    form(pipeline).get_by_role("button", name="Trigger").click()
    pipeline.wait_for_url("**/runs/**")
    for _ in range(120):
        started = [call for call in running.calls[before:] if call["arguments"][1] == "train"]  # type: ignore[index]
        if started:
            break
        pipeline.wait_for_timeout(500)
    assert started, "training didn't begin within a minute"
    training = psutil.Process(int(str(started[0]["pid"])))
    pipeline.get_by_label("Mark Dag Run as...").click()
    pipeline.get_by_role("menuitem").filter(has_text="Failed").click()
    pipeline.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    training.wait(timeout=20)
    wait_for_note(pipeline, "train failed: someone stopped it")
    shot("ended")
