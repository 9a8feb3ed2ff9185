"""From a fresh clone to predictions, a second run and a rollback, in containers."""

import subprocess
import sys
from pathlib import Path

import pytest

from acneflow_client import RunRequest
from stack.production import production_model
from support.composed_stack import RUN_TIMEOUT_S, ComposedStack, Served, waited

pytestmark = [pytest.mark.stack, pytest.mark.timeout(RUN_TIMEOUT_S + 900)]


def test_make_up_leaves_every_service_healthy(stack: ComposedStack) -> None:
    states = {name: each["State"] for name, each in stack.containers().items()}
    once = {"secrets", "store-init", "airflow-init"}
    assert {name for name, state in states.items() if state.get("Health", {}).get("Status") == "healthy"} == {
        *("store", "postgres", "sync", "model-server", "gateway", "frontend", "sample-site", "docker-proxy"),
        *("docker-door", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor"),
    }
    assert {name: states[name]["ExitCode"] for name in once} == dict.fromkeys(once, 0)


def test_a_run_by_containers_puts_a_version_into_production(stack: ComposedStack, served: Served) -> None:
    assert stack.version_in_production() == served.model.version


def test_rest_answers_with_the_version_in_production(stack: ComposedStack, served: Served) -> None:
    with stack.client() as client:
        answers = [client.predict(picture.data, top_k=3) for picture in served.pictures]
    assert {answer.model.version for answer in answers} == {served.model.version}
    assert all(len(answer.top_k) == 3 for answer in answers)


def test_the_official_grpc_client_gets_an_answer(stack: ComposedStack, served: Served, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(served.pictures[0].data)
    address = f"127.0.0.1:{stack.ports['SERVING']}"
    command = [sys.executable, str(stack.clone / "examples" / "grpc_client.py"), str(photo), "--address", address]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"version {served.model.version}" in done.stdout


def test_the_page_answers_in_a_browser(stack: ComposedStack, served: Served, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright, which `make install` brings")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(served.pictures[0].data)
    with playwright.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"needs Chromium (apt-get install chromium): {str(error).splitlines()[0]}")
        page = browser.new_page()
        page.goto(stack.at("FRONTEND"))
        page.set_input_files("input[type=file]", str(photo))
        page.get_by_text(f"version {served.model.version}").first.wait_for(timeout=60_000)
        browser.close()


def test_a_second_run_is_judged_and_a_rollback_brings_the_first_version_back(
    stack: ComposedStack, served: Served
) -> None:
    first = served.model.version
    with stack.client() as client:
        run = client.wait(client.start_run(RunRequest(source="sample", seed=1, force=True)).id, timeout_s=RUN_TIMEOUT_S)
        assert run.state == "success", run
        second = production_model(stack.store(), "acne")
        assert second is not None
        judged = {task.id: task for task in run.tasks}
        if second.version == first:
            assert judged["promote"].state == "skipped"
            result = judged["evaluate"].result
            assert isinstance(result, dict)
            version = int(str(result["version"]))
            client.promote("acne", version, reason="to go back from")
        waited(lambda: stack.version_in_production() == first, timeout_s=60)
        client.roll_back("acne", reason="a test")
        waited(lambda: stack.version_in_production() != first, timeout_s=60)
        assert client.predict(served.pictures[0].data).model.version == first


def _chromium() -> str | None:
    found = Path("/usr/bin/chromium")
    return str(found) if found.exists() else None
