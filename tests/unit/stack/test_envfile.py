"""`.env` gets random secrets once, and never loses what a person wrote."""

import stat
from pathlib import Path

import pytest

from contracts.steps import InvalidInputError
from stack.envfile import ensure_env_file
from stack.settings import Installation, read_settings, service_settings

EXAMPLE = "# a comment\nACNEFLOW_ADMIN_KEY=\nACNEFLOW_BUCKET=acneflow\nACNEFLOW_STORE_SECRET_KEY=\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Installation:
    (tmp_path / ".env.example").write_text(EXAMPLE)
    return Installation(tmp_path, tmp_path / ".env")


def _values(checkout: Installation) -> dict[str, str]:
    lines = checkout.env_file.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_secrets_are_random_and_for_the_owner_only(checkout: Installation) -> None:
    assert ensure_env_file(checkout) == ["ACNEFLOW_ADMIN_KEY", "ACNEFLOW_STORE_SECRET_KEY"]
    values = _values(checkout)
    assert len(values["ACNEFLOW_ADMIN_KEY"]) >= 32
    assert values["ACNEFLOW_ADMIN_KEY"] != values["ACNEFLOW_STORE_SECRET_KEY"]
    assert values["ACNEFLOW_BUCKET"] == "acneflow"
    assert stat.S_IMODE(checkout.env_file.stat().st_mode) == 0o600


def test_a_second_time_changes_nothing(checkout: Installation) -> None:
    ensure_env_file(checkout)
    before = checkout.env_file.read_text()
    assert ensure_env_file(checkout) == []
    assert checkout.env_file.read_text() == before


def test_an_older_file_gets_what_it_lacks_and_keeps_the_rest(checkout: Installation) -> None:
    checkout.env_file.write_text("ACNEFLOW_ADMIN_KEY=mine\nOTHER=x")
    assert ensure_env_file(checkout) == ["ACNEFLOW_STORE_SECRET_KEY"]
    values = _values(checkout)
    assert (values["ACNEFLOW_ADMIN_KEY"], values["OTHER"]) == ("mine", "x")
    assert len(values["ACNEFLOW_STORE_SECRET_KEY"]) >= 32


def test_a_copy_of_the_example_is_filled_in_where_a_secret_is_missing(checkout: Installation) -> None:
    checkout.env_file.write_text(EXAMPLE.replace("ADMIN_KEY=", "ADMIN_KEY=mine"))
    assert ensure_env_file(checkout) == ["ACNEFLOW_STORE_SECRET_KEY"]
    values = _values(checkout)
    assert values["ACNEFLOW_ADMIN_KEY"] == "mine"
    assert len(values["ACNEFLOW_STORE_SECRET_KEY"]) >= 32
    assert checkout.env_file.read_text().count("ACNEFLOW_STORE_SECRET_KEY") == 1


def test_a_missing_setting_is_named_and_no_secret_is_shown(checkout: Installation) -> None:
    checkout.env_file.write_text("ACNEFLOW_ADMIN_KEY=verysecret\nACNEFLOW_GATEWAY_PORT=99999\n")
    with pytest.raises(InvalidInputError) as error:
        read_settings(checkout)
    assert "ACNEFLOW_STORE_SECRET_KEY: Field required" in str(error.value)
    assert "ACNEFLOW_GATEWAY_PORT" in str(error.value)
    assert "verysecret" not in str(error.value)


def test_the_shipped_example_makes_a_complete_file(repository: Path, tmp_path: Path) -> None:
    shipped = Installation(repository, tmp_path / ".env")
    ensure_env_file(shipped)
    assert read_settings(shipped).state == repository / ".acneflow"


def test_services_get_their_settings_but_not_the_stack_s_secrets(
    checkout: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_env_file(checkout)
    checkout.env_file.write_text(checkout.env_file.read_text() + "ACNEFLOW_WEIGHTS=none\nACNEFLOW_CONTACT=\nOTHER=x\n")
    monkeypatch.setenv("ACNEFLOW_CACHE", "/elsewhere")
    found = service_settings(checkout)
    assert found["ACNEFLOW_WEIGHTS"] == "none"
    assert found["ACNEFLOW_CACHE"] == "/elsewhere"
    assert found.keys() & {"ACNEFLOW_ADMIN_KEY", "ACNEFLOW_STORE_SECRET_KEY", "ACNEFLOW_CONTACT", "OTHER"} == set()
