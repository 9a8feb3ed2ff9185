"""Settings come from variables, or from files where a folder is named; what is missing is named all at once."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from contracts.steps import InvalidInputError
from runtime import Settings, read_settings
from runtime.settings import SECRETS_FOLDER


class Keys(Settings):
    some_key: SecretStr
    some_model: str = "acne"
    some_port: int = 1


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ACNEFLOW_SOME_KEY", raising=False)
    monkeypatch.setenv(SECRETS_FOLDER, str(tmp_path))
    return tmp_path


def test_a_secret_is_read_from_its_file_without_the_line_s_end(folder: Path) -> None:
    (folder / "acneflow_some_key").write_text("from a file\n")
    assert read_settings(Keys).some_key.get_secret_value() == "from a file"


def test_a_variable_goes_before_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "acneflow_some_key").write_text("from a file")
    monkeypatch.setenv("ACNEFLOW_SOME_KEY", "from a variable")
    assert read_settings(Keys).some_key.get_secret_value() == "from a variable"


def test_without_a_folder_only_variables_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "acneflow_some_key").write_text("from a file")
    monkeypatch.delenv(SECRETS_FOLDER)
    with pytest.raises(InvalidInputError, match="ACNEFLOW_SOME_KEY: Field required"):
        read_settings(Keys)


def test_a_file_may_hold_any_setting_and_others_are_passed_over(folder: Path) -> None:
    (folder / "acneflow_some_key").write_text("k")
    (folder / "acneflow_some_model").write_text("rosacea")
    (folder / "acneflow_another").write_text("x")
    assert read_settings(Keys).some_model == "rosacea"


def test_a_variable_set_to_nothing_counts_as_not_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "acneflow_some_key").write_text("k")
    monkeypatch.setenv("ACNEFLOW_SOME_MODEL", "")
    assert read_settings(Keys).some_model == "acne"


def test_what_is_given_goes_before_everything_and_none_is_nothing(folder: Path) -> None:
    (folder / "acneflow_some_key").write_text("k")
    (folder / "acneflow_some_model").write_text("rosacea")
    assert read_settings(Keys, some_model="beans").some_model == "beans"
    assert read_settings(Keys, some_model=None).some_model == "rosacea"


def test_all_faults_are_named_and_no_value(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACNEFLOW_SOME_PORT", "hunter2")
    with pytest.raises(InvalidInputError) as caught:
        read_settings(Keys)
    assert "ACNEFLOW_SOME_KEY" in str(caught.value)
    assert "ACNEFLOW_SOME_PORT" in str(caught.value)
    assert "hunter2" not in str(caught.value)
