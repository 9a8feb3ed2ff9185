"""Secrets come from variables, or from files where a folder is named."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from secret_settings import FOLDER, SecretSettings, SettingsConfigDict


class Keys(SecretSettings):
    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_", frozen=True, extra="ignore")

    some_key: SecretStr
    some_model: str = "acne"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ACNEFLOW_SOME_KEY", raising=False)
    monkeypatch.setenv(FOLDER, str(tmp_path))
    return tmp_path


def test_a_secret_is_read_from_its_file_without_the_line_s_end(folder: Path) -> None:
    (folder / "acneflow_some_key").write_text("from a file\n")
    assert Keys().some_key.get_secret_value() == "from a file"


def test_a_variable_goes_before_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "acneflow_some_key").write_text("from a file")
    monkeypatch.setenv("ACNEFLOW_SOME_KEY", "from a variable")
    assert Keys().some_key.get_secret_value() == "from a variable"


def test_without_a_folder_only_variables_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "acneflow_some_key").write_text("from a file")
    monkeypatch.delenv(FOLDER)
    with pytest.raises(ValidationError, match="some_key"):
        Keys()


def test_a_file_may_hold_any_setting_and_others_are_passed_over(folder: Path) -> None:
    (folder / "acneflow_some_key").write_text("k")
    (folder / "acneflow_some_model").write_text("rosacea")
    (folder / "acneflow_another").write_text("x")
    assert Keys().some_model == "rosacea"
