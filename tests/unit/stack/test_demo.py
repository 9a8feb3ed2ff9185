"""What `acneflow demo` is told about its source is checked before anything starts."""

from pathlib import Path

import pytest
from rich.console import Console

from stack.demo import DemoRequest, demo
from stack.settings import Installation, StackError


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (DemoRequest("folder"), r"SOURCE=folder needs DATA=<path>: a folder"),
        (DemoRequest("urls"), r"SOURCE=urls needs DATA=<path>: a \.csv"),
        (DemoRequest("scin", Path("x")), "SOURCE=scin takes no DATA"),
        (DemoRequest("folder", Path("/no/such")), "is no such file"),
        (DemoRequest("urls", Path("/no/such.csv")), "is no such file"),
    ],
)
def test_data_that_does_not_fit_its_source_is_named(request_: DemoRequest, expected: str, tmp_path: Path) -> None:
    with pytest.raises(StackError, match=expected):
        demo(Installation(tmp_path, tmp_path / ".env"), request_, Console())


def test_one_folder_of_images_is_no_classification(tmp_path: Path) -> None:
    (tmp_path / "acne").mkdir()
    with pytest.raises(StackError, match="is a folder of 1 folders"):
        demo(Installation(tmp_path, tmp_path / ".env"), DemoRequest("folder", tmp_path), Console())
