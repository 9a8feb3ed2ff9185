"""The contract with a step: what counts in its output, and which variables it gets."""

import pytest

from include.containers.settings import StoreKeys
from include.contract import BrokenResultError, StepOutput
from include.environment import process_environment, secrets_in


def output(*lines: str) -> StepOutput:
    said = StepOutput()
    for line in lines:
        said.add(line)
    return said


def test_the_last_result_line_counts() -> None:
    said = output('::result::{"run": "a"}', "more", '::result::{"run": "b", "macro_f1": 0.9}', "")
    assert said.result == {"run": "b", "macro_f1": 0.9}


def test_no_result_line_is_no_result() -> None:
    assert output("working", 'the word ::result::{"run": "a"} within a line').result is None


@pytest.mark.parametrize("line", ["::result::", "::result::[1]", "::result::{'a': 1}", '::result::"s3://b/x"'])
def test_a_result_that_is_no_json_object_is_refused(line: str) -> None:
    with pytest.raises(BrokenResultError, match="JSON object"):
        _ = output(line).result


def test_the_reason_is_the_last_error() -> None:
    said = output("error: first", "error: no images in s3://b", "  cleaning up", "::result::{}")
    assert said.reason == "no images in s3://b"


def test_without_an_error_the_reason_is_the_last_line() -> None:
    assert output("working", "  the candidate loses", "", "::result::{}").reason == "the candidate loses"
    assert output().reason == "it said nothing"


def test_a_step_gets_its_configuration_and_nothing_of_airflows() -> None:
    inherited = {
        "ACNEFLOW_STORE_SECRET_KEY": "k",
        "PATH": "/bin",
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "SSL_CERT_FILE": "/ca.pem",
        "https_proxy": "http://proxy",
        "UV_INDEX_URL": "https://index",
        "AIRFLOW__API_AUTH__JWT_SECRET": "secret",
        "AIRFLOW_CTX_DAG_ID": "dag",
        "PYTHONPATH": "/airflow",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "MY_ACNEFLOW_X": "x",
    }
    environment = process_environment(inherited, {"ACNEFLOW_MODEL": "acne", "HOME": "/home"})
    assert set(environment) == {
        *("ACNEFLOW_STORE_SECRET_KEY", "ACNEFLOW_MODEL", "PATH", "HOME", "LC_ALL"),
        *("SSL_CERT_FILE", "https_proxy", "UV_INDEX_URL"),
    }
    assert environment["HOME"] == "/home"


def test_keys_and_passwords_are_secrets() -> None:
    environment = {
        "ACNEFLOW_STORE_SECRET_KEY": "one",
        "ACNEFLOW_STORE_ACCESS_KEY": "two",
        "ACNEFLOW_AIRFLOW_PASSWORD": "three",
        "ACNEFLOW_ADMIN_KEY": "",
        "ACNEFLOW_BUCKET": "bucket",
    }
    assert set(secrets_in(environment)) == {"one", "two", "three"}


def test_a_service_gets_the_keys_of_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("ACCESS", "SECRET"):
        monkeypatch.setenv(f"ACNEFLOW_TRAINER_STORE_{part}_KEY", f"the {part.lower()} key")
    assert StoreKeys.of("trainer").environment == {
        "ACNEFLOW_STORE_ACCESS_KEY": "the access key",
        "ACNEFLOW_STORE_SECRET_KEY": "the secret key",
    }
    with pytest.raises(ValueError, match="store_access_key"):
        StoreKeys.of("scraper")
