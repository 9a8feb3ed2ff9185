"""What is said and written of each epoch."""

import json
from pathlib import Path

import pytest

from contracts.run import TrainSettings
from contracts.steps import InvalidInputError
from trainer.fit.journal import Epoch, Journal, curve
from trainer.fit.mlflow_tracking import MlflowTracking
from trainer.fit.run_folder import HISTORY_FILE

FIRST, SECOND = Epoch("head", 1, 0.9, 0.8, 0.5, 2.0), Epoch("head", 2, 0.7, 0.6, 0.75, 4.0)


class Listening:
    def __init__(self) -> None:
        self.heard: list[tuple[int, Epoch]] = []
        self.closed = False

    def epoch_ended(self, step: int, epoch: Epoch) -> None:
        self.heard.append((step, epoch))

    def close(self) -> None:
        self.closed = True


def test_a_line_says_how_it_goes_and_how_long_it_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(tmp_path, ())
    journal.add(FIRST, of=10)
    journal.add(SECOND, of=10)
    *_, last = capsys.readouterr().out.splitlines()
    assert last == "head, epoch 2/10: loss 0.700, validation macro-F1 0.750 ▁█, at most 24 s left"


def test_a_run_that_goes_on_has_its_whole_history(tmp_path: Path) -> None:
    listening = Listening()
    journal = Journal(tmp_path, (listening,), earlier=(FIRST,))
    journal.add(SECOND, of=10)
    journal.close()
    assert listening.heard == [(1, FIRST), (2, SECOND)]
    assert listening.closed
    lines = (tmp_path / HISTORY_FILE).read_text().splitlines()
    assert [Epoch(**json.loads(line)) for line in lines] == [FIRST, SECOND]


def test_a_curve_goes_from_its_lowest_to_its_highest_value() -> None:
    assert curve([0.1, 0.8, 0.5]) == "▁█▅"
    assert curve([0.5]) == "▁"
    assert curve(list(range(100)), width=3) == "▁▅█"


def test_without_mlflows_client_its_address_is_an_error_that_says_how_to_get_it() -> None:
    with pytest.raises(InvalidInputError, match="uv sync --package acneflow-trainer --extra mlflow"):
        MlflowTracking("sqlite:///nowhere.db", "run", "dataset", TrainSettings())
