"""The other pages in a browser: a batch of 50, two versions compared, a run from start to end, blurred pictures."""

import csv
import io
import json

from playwright.sync_api import Page, expect

from frontend.batch import words as batch_words
from frontend.data import words as data_words
from frontend.model import words as model_words
from frontend.training import words as training_words
from frontend.ui import words as shared
from support.airflow_stand_in import TASKS, AirflowStandIn
from support.gateway import ADMIN_KEY, CANDIDATE, PRODUCTION
from support.page_server import PageServer
from support.photos import CONFIDENT_RGB, UNSUPPORTED_RGB, encoded, photo, picture

from .conftest import Visit, settle

BATCH = 50


def test_a_batch_of_fifty_is_answered_filtered_and_taken_away(visit: Visit, server: PageServer) -> None:
    page = visit("batch")
    photos = [photo(CONFIDENT_RGB), photo(UNSUPPORTED_RGB), encoded(picture(), "PNG")]
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photos[n % 3]} for n in range(BATCH - 1)]
    files.append({"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"GIF89a"})
    page.locator('input[type="file"]').set_input_files(files)  # type: ignore[arg-type]
    done = batch_words.DONE.format(answered=BATCH - 1, count=BATCH, failed=1)
    page.get_by_text(done).wait_for()
    settle(page)
    expect(page.locator("tbody tr")).to_have_count(BATCH)
    expect(page.locator("tbody img")).to_have_count(BATCH - 1)
    assert server.held_bytes() == 0
    unsupported = len([n for n in range(BATCH - 1) if n % 3 == 1])
    page.get_by_text(f"{shared.BADGES['unsupported'].name} ({unsupported})").click()  # type: ignore[index]
    expect(page.locator("tbody tr")).to_have_count(unsupported)
    expect(page.locator("tbody img")).to_have_count(unsupported)
    table = list(csv.DictReader(io.StringIO(taken_away(page, batch_words.CSV))))
    assert len(table) == unsupported
    rows = json.loads(taken_away(page, batch_words.JSON))
    assert [row["file"] for row in rows] == [row["file"] for row in table]


def taken_away(page: Page, button: str) -> str:
    """What a download button gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value.path().read_text()


def test_two_versions_are_compared(visit: Visit) -> None:
    page = visit("model")
    page.get_by_role("combobox", name=model_words.CHOOSE_OTHER).click()
    page.get_by_role("option", name=model_words.VERSION.format(number=CANDIDATE)).click()
    settle(page)
    heads = page.locator(".table thead th")
    expect(heads.filter(has_text=model_words.VERSION.format(number=PRODUCTION)).first).to_be_visible()
    expect(heads.filter(has_text=model_words.VERSION.format(number=CANDIDATE)).first).to_be_visible()
    for tab in model_words.TABS[1:4]:
        page.get_by_role("tab", name=tab).click()
        settle(page)
        expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()


def test_a_run_is_started_and_seen_to_its_end_without_a_reload(visit: Visit, airflow: AirflowStandIn) -> None:
    page, run = started(visit, airflow)
    for task in TASKS:
        airflow.begin(run, task)
        step(page, task, training_words.STEP_STATES["running"])
        airflow.end(run, task, "success", {"version": CANDIDATE} if task == "promote" else None)
        step(page, task, training_words.STEP_STATES["success"])
    airflow.runs[run] |= {"state": "success", "end_date": "2026-11-22T12:30:00Z"}
    page.get_by_text(training_words.OUTCOMES["promoted"], exact=True).first.wait_for()
    expect(page.get_by_role("region", name=training_words.RUN_HISTORY)).to_be_visible()


def test_a_question_to_an_admin_stays_until_it_is_answered(visit: Visit, airflow: AirflowStandIn) -> None:
    page, run = started(visit, airflow)
    airflow.begin(run, TASKS[0])
    page.get_by_role("button", name=training_words.CANCEL).click()
    question = page.get_by_role("dialog")
    question.get_by_text(training_words.CONFIRM_CANCEL).wait_for()
    page.wait_for_timeout(5_000)  # the run behind it was drawn again twice
    expect(question.get_by_text(training_words.CONFIRM_CANCEL)).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    page.wait_for_timeout(3_000)
    expect(question).to_have_count(0)
    assert airflow.runs[run]["state"] != "failed"
    page.get_by_role("button", name=training_words.CANCEL).click()
    question.get_by_role("button", name=shared.DO_IT).click()
    page.get_by_text(training_words.CANCELLED).wait_for()
    assert airflow.runs[run]["state"] == "failed"


def started(visit: Visit, airflow: AirflowStandIn) -> tuple[Page, str]:
    """The page Training after an admin has started a run, and the run's name."""
    airflow.runs.clear()
    airflow.instances.clear()
    page = visit("training", key=ADMIN_KEY)
    page.get_by_text(training_words.START, exact=True).click()
    page.get_by_role("button", name=training_words.START_NOW).click()
    page.locator("ol.steps").wait_for()
    (run,) = airflow.runs
    return page, run


def step(page: Page, task: str, state: str) -> None:
    row = page.locator("ol.steps li").filter(has_text=task.capitalize())
    expect(row).to_contain_text(state, timeout=30_000)


def test_pictures_are_blurred_until_clicked(visit: Visit) -> None:
    page = visit("data", key=ADMIN_KEY)
    page.get_by_role("tab", name=data_words.TABS[1]).click()
    settle(page)
    button = page.locator("button[aria-pressed]").first
    blur = "element => getComputedStyle(element.querySelector('img')).filter"
    assert "blur" in button.evaluate(blur)
    button.press("Enter")
    assert button.evaluate(blur) == "none"
    expect(button).to_have_attribute("aria-pressed", "true")
