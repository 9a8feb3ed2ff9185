"""A command reads the `.env` of the checkout that it is started in, and nothing that is set already is changed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import load_env_file
from runtime.env_file import ENV_FILE


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("ACNEFLOW_")]:
        del os.environ[name]
    (tmp_path / ".env.example").write_text("ACNEFLOW_STORE_ACCESS_KEY=\n")
    (tmp_path / ".env").write_text(
        "ACNEFLOW_STORE_ACCESS_KEY=k\nACNEFLOW_STORE_PORT=9100\nPATH=/nowhere\n#ACNEFLOW_X=1\n"
    )
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


def test_the_checkout_s_settings_are_read_and_where_its_services_listen(checkout: Path) -> None:
    assert load_env_file() == checkout / ".env"
    assert os.environ["ACNEFLOW_STORE_ACCESS_KEY"] == "k"
    assert os.environ["ACNEFLOW_STORE_ENDPOINT"] == "http://127.0.0.1:9100"
    assert os.environ["PATH"] != "/nowhere"


def test_it_is_found_from_a_folder_inside(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / "docs").mkdir()
    monkeypatch.chdir(checkout / "docs")
    assert load_env_file() == checkout / ".env"


def test_a_variable_wins(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACNEFLOW_STORE_ACCESS_KEY", "mine")
    monkeypatch.setenv("ACNEFLOW_STORE_ENDPOINT", "https://s3.example")
    load_env_file()
    assert os.environ["ACNEFLOW_STORE_ACCESS_KEY"] == "mine"
    assert os.environ["ACNEFLOW_STORE_ENDPOINT"] == "https://s3.example"


@pytest.mark.usefixtures("checkout")
def test_a_service_that_is_told_to_read_none_reads_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_FILE, "")
    assert load_env_file() is None
    assert "ACNEFLOW_STORE_ACCESS_KEY" not in os.environ


def test_outside_of_a_checkout_there_is_none(checkout: Path) -> None:
    (checkout / ".env.example").unlink()
    assert load_env_file() is None
