"""A run whose steps are containers, ended by a person on Airflow's page: nothing of it runs on.

Airflow, the engine and the browser are real; the steps are stand-ins that know how to take their time.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from support.composed_stack import missing, waited

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

STACK = "acneflow-t-airflow-page"
SLOW_SEED = "1"
"""By which the stand-in takes its time over `train`."""


@pytest.fixture
def page(repository: Path, tmp_path: Path) -> Iterator[Page]:
    """The training pipeline's page, after signing in."""
    if reason := missing():
        pytest.skip(reason)
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium on the PATH; `make test-browser` brings it")
    python = repository / "airflow" / ".venv" / "bin" / "python"
    serve = repository / "airflow" / "tests" / "support" / "serve.py"
    command = [str(python), str(serve), str(tmp_path), STACK]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as airflow,
        sync_playwright() as driver,
    ):
        assert airflow.stdin
        assert airflow.stdout
        told = json.loads(airflow.stdout.readline())
        page = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_page()
        page.set_default_timeout(60_000)
        page.goto(told["url"])
        page.get_by_label("Username").fill(told["username"])
        page.get_by_label("Password", exact=True).fill(told["password"])
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Dags").first.wait_for()
        page.goto(f"{told['url']}/dags/CNN-Training-Pipeline")
        yield page
        airflow.stdin.close()  # by which it stops


def test_a_run_that_someone_ends_on_the_page_leaves_no_container(page: Page) -> None:
    page.get_by_role("button", name="Trigger").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=element_seed]").fill(SLOW_SEED)
    dialog.locator("[name=element_seed]").blur()
    dialog.get_by_role("button", name="Trigger").click()
    page.wait_for_url("**/runs/**")
    waited(lambda: not containers("train"), timeout_s=120, poll_s=0.2)
    page.get_by_label("Mark Dag Run as...").click()
    page.get_by_role("menuitem").filter(has_text="Failed").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    waited(containers, timeout_s=30)
    page.reload()
    page.get_by_text("train failed: someone stopped it").first.wait_for()
    assert not containers(), "and none came after it"


def containers(task: str = "") -> list[str]:
    """The names of steps' containers, running or not."""
    filters = ["--filter", f"label=acneflow.stack={STACK}"]
    filters += ["--filter", f"label=acneflow.task={task}"] if task else []
    command = ["docker", "ps", "--all", "--format", "{{.Names}}", *filters]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
