"""Versions judged before all of it was measured: what is missing is said in a sentence, and nothing breaks."""

from streamlit.testing.v1 import AppTest

from frontend.model import words
from support.page import said


def tabs() -> None:
    """What `AppTest` runs: the tabs of two versions, one with everything measured, one with the metrics alone."""
    from acneflow_client import Evaluation
    from frontend.model.curves import show_confusions, show_reliabilities, show_risks
    from frontend.model.figures import show_exports, show_robustness, show_slices
    from support.described import describe
    from support.page_store import evaluated

    whole = Evaluation.model_validate_json(evaluated(describe(1), None).to_json())
    kept = {"run_id", "model", "created_at", "metrics", "checks", "accepted"}
    bare = Evaluation.model_validate(
        {**whole.model_dump(include=kept), "version": 2, "production_version": None, "production_metrics": None}
    )
    found = {1: whole, 2: bare}
    for show in (show_confusions, show_reliabilities, show_risks, show_slices, show_robustness, show_exports):
        show(found)


def test_what_was_not_measured_of_an_older_version_is_said() -> None:
    page = AppTest.from_function(tabs, default_timeout=60).run()
    assert not page.exception, page.exception[0].value
    missing = words.NOT_MEASURED.format(number=2)
    assert [info.value for info in page.info] == [missing] * 5
    assert words.NOT_MEASURED.format(number=1) not in said(page)
    assert words.CONFUSION_TITLE.format(number=2) in said(page)
