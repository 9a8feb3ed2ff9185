"""What a run's note says, and who is told of a failure and how."""

import threading
from collections.abc import Iterator
from socketserver import StreamRequestHandler, TCPServer

import pytest
from pydantic import SecretStr

from include.notify import Failure, NotifySettings, send_notifications
from include.run_note import TaskEnd, run_note
from support.listener import Posted, listening

FAILURE = Failure(
    dag_id="CNN-Training-Pipeline",
    run_id="manual__1",
    reasons={"scrape": "the source isn't what it was"},
    link="http://127.0.0.1:8080/dags/CNN-Training-Pipeline/runs/manual__1",
)


def test_a_stopped_run_says_that_production_stays() -> None:
    ends = {name: TaskEnd(state="skipped") for name in ("scrape", "prepare", "train", "evaluate", "promote", "verify")}
    assert run_note("CNN-Training-Pipeline", ends) == "Stopped before its end. Production stays as it was."


def test_a_failure_says_which_task_and_why() -> None:
    ends = {"scrape": TaskEnd("success"), "prepare": TaskEnd("failed", reason="no images"), "train": TaskEnd("failed")}
    assert run_note("CNN-Training-Pipeline", ends).splitlines() == [
        "prepare failed: no images",
        "train failed: someone stopped it, or its process died; its log says more",
    ]


def test_a_rollback_says_to_which_version_and_why() -> None:
    result = {"model": "acne", "version": 6, "previous": None, "reason": "7 is worse at night"}
    ends = {"rollback": TaskEnd("success", result), "verify": TaskEnd("success")}
    assert run_note("Model-Rollback", ends) == "Version 6 is in production again and answers: 7 is worse at night."


@pytest.mark.parametrize(
    ("deleted", "said"),
    [({}, "1,200 objects (3.4 MB) could go; nothing was deleted."), ({"deleted": 2, "bytes": 10**6}, "Deleted 2 ")],
    ids=["counted", "deleted"],
)
def test_maintenance_says_how_much(deleted: dict[str, int], said: str) -> None:
    counted = {"deleted": 1200, "bytes": 3_400_000, "dry_run": True}
    ends = {"count": TaskEnd("success", counted), "is_allowed": TaskEnd("success"), "delete": TaskEnd("", deleted)}
    assert run_note("Store-Maintenance", ends).startswith(said)


def test_a_drift_check_says_what_it_saw() -> None:
    psi = {"confidence": 0.31, "classes": 0.05, "brightness": None}
    seen = {"model": "acne", "version": 6, "predictions": 812, "psi": psi, "drifted": True}
    assert run_note("Drift-Check", {"measure": TaskEnd("success", seen)}) == (
        "Version 6, 812 predictions: drifted, training was started (PSI: confidence 0.31, classes 0.05)."
    )
    nothing = TaskEnd("skipped", {"model": "acne"}, "no version of 'acne' is in production")
    assert run_note("Drift-Check", {"measure": nothing}) == "measure: no version of 'acne' is in production"
    again = {"measure": TaskEnd("success", seen), "train": TaskEnd("skipped")}
    assert "training was started earlier today" in run_note("Drift-Check", again)


@pytest.fixture
def listener() -> Iterator[tuple[str, Posted]]:
    """An address, and what was posted there."""
    with listening() as listener:
        yield listener


def test_a_webhook_gets_task_reason_and_link(listener: tuple[str, Posted]) -> None:
    url, posted = listener
    send_notifications(FAILURE, NotifySettings(webhook_url=SecretStr(url)))
    assert posted == [
        {
            "dag_id": FAILURE.dag_id,
            "run_id": FAILURE.run_id,
            "reasons": FAILURE.reasons,
            "link": FAILURE.link,
            "text": FAILURE.text,
        }
    ]


def test_an_address_that_does_not_answer_keeps_no_other_from_being_told(
    listener: tuple[str, Posted], caplog: pytest.LogCaptureFixture
) -> None:
    url, posted = listener
    send_notifications(
        FAILURE, NotifySettings(webhook_url=SecretStr("http://127.0.0.1:9/secret"), slack_url=SecretStr(url))
    )
    assert posted == [{"text": FAILURE.text}]
    assert "couldn't tell of the failure by webhook" in caplog.text
    assert "secret" not in caplog.text


def test_mail_names_the_pipeline_and_holds_the_reason() -> None:
    received: list[str] = []

    class Mailbox(StreamRequestHandler):
        """As much of SMTP as taking one message needs."""

        def handle(self) -> None:
            self.wfile.write(b"220 mailbox\r\n")
            for line in self.rfile:
                received.append(line.decode().rstrip())
                if line.lower().startswith(b"data"):
                    self.wfile.write(b"354 go on\r\n")
                    while (text := self.rfile.readline().decode().rstrip()) != ".":
                        received.append(text)
                self.wfile.write(b"250 fine\r\n")

    with TCPServer(("127.0.0.1", 0), Mailbox) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        smtp = SecretStr(f"smtp://127.0.0.1:{server.server_address[1]}")
        send_notifications(FAILURE, NotifySettings(email="a@example.org, b@example.org", smtp_url=smtp))
    assert {"rcpt TO:<a@example.org>", "rcpt TO:<b@example.org>"} <= set(received)
    assert "Subject: CNN-Training-Pipeline failed" in received
    assert "scrape: the source isn't what it was" in received
