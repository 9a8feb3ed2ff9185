"""The client against a real gateway."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acneflow_client import (
    Client,
    Decision,
    GatewayUnreachableError,
    ImageRefusedError,
    NotAllowedError,
    NotFoundError,
    PipelineRun,
    RequestRefusedError,
    RunRequest,
    RunTimeoutError,
    TemporarilyUnavailableError,
    UnexpectedAnswerError,
)
from stack.seaweedfs import SeaweedFS, free_ports
from support.airflow_stand_in import TASKS, AirflowStandIn
from support.gateway import ADMIN_KEY, CANDIDATE, PRODUCTION, Backend, Gateway, running_gateway
from support.photos import UNSUPPORTED_RGB, encoded, photo, picture


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with Client(gateway.url + "/", api_key=ADMIN_KEY) as client:
        yield client


def test_a_prediction_arrives_whole(client: Client) -> None:
    answer = client.predict(photo(), top_k=2, explain=True)
    assert answer.decision is Decision.CONFIDENT
    assert answer.prediction == answer.top_k[0]
    assert len(answer.top_k) == 2
    assert answer.model.version == PRODUCTION
    assert answer.model.synthetic
    assert answer.heatmap is not None
    assert [len(row) for row in answer.heatmap] == [7] * 7
    assert answer.timing_ms.total > 0
    assert "not a diagnosis" in answer.notice


def test_a_channel_or_a_version_can_be_asked(client: Client) -> None:
    assert client.predict(photo(), channel="candidate").model.version == CANDIDATE
    by_number = client.predict(photo(UNSUPPORTED_RGB), version=CANDIDATE)
    assert by_number.decision is Decision.UNSUPPORTED
    assert by_number.model.channel is None


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [(b"", 422, "empty"), (photo()[:-200], 422, "damaged"), (encoded(picture(), "GIF"), 415, "unsupported_format")],
)
def test_a_refused_photo_is_an_error_of_its_own_with_the_gateways_words(
    client: Client, data: bytes, status: int, reason: str
) -> None:
    with pytest.raises(ImageRefusedError) as refused:
        client.predict(data)
    assert (refused.value.status, refused.value.reason) == (status, reason)
    assert str(refused.value) == f"{refused.value.problem.detail} {refused.value.problem.advice}"


def test_other_refusals_have_their_types(client: Client, gateway: Gateway) -> None:
    with pytest.raises(NotFoundError, match="version 77"):
        client.predict(photo(), version=77)
    with pytest.raises(NotFoundError, match="no run 'nothing'"):
        client.run("nothing")
    with pytest.raises(RequestRefusedError, match="top_k"):
        client.predict(photo(), top_k=0)
    with Client(gateway.url) as stranger, pytest.raises(NotAllowedError, match="key"):
        stranger.start_run(RunRequest())


def test_a_run_is_started_followed_and_waited_for(client: Client, airflow: AirflowStandIn) -> None:
    started = client.start_run(RunRequest(source="folder", folder="/photos", epochs=2), idempotency_key="a key")
    assert started == client.start_run(RunRequest(source="folder", folder="/photos", epochs=2), idempotency_key="a key")
    assert not started.finished
    assert client.runs(limit=1)[0].id == started.id
    seen: list[PipelineRun] = []

    def schedule() -> None:
        for task in TASKS:
            time.sleep(0.2)
            airflow.end(started.id, task, "success", {"done": task})
        airflow.runs[started.id] |= {"state": "success"}

    scheduler = threading.Thread(target=schedule)
    scheduler.start()
    seen.extend(client.follow(started.id, timeout_s=30, poll_s=0.02))
    scheduler.join()
    assert seen[-1].finished
    assert [task.id for task in seen[-1].tasks] == list(TASKS)
    assert [task.result for task in seen[-1].tasks] == [{"done": task} for task in TASKS]
    ended = [sum(task.state == "success" for task in run.tasks) for run in seen]
    assert ended == sorted(ended)
    assert len(ended) <= len(TASKS) + 2
    assert client.wait(started.id, timeout_s=5) == seen[-1]


def test_waiting_ends_when_the_callers_time_is_up(client: Client) -> None:
    run = client.start_run(RunRequest())
    with pytest.raises(RunTimeoutError, match=run.id):
        client.wait(run.id, timeout_s=0.1, poll_s=0.05)


def test_readiness_is_told_and_never_raised(client: Client) -> None:
    assert client.alive()
    assert client.ready()
    assert client.wait_until_ready(timeout_s=1).reason == f"acne version {PRODUCTION} is in production"
    (port,) = free_ports(1)
    with Client(f"http://127.0.0.1:{port}") as nobody:
        assert not nobody.alive()
        assert not nobody.ready()
        assert str(port) in nobody.wait_until_ready(timeout_s=0.1, poll_s=0.05).reason


def test_a_gateway_that_is_away_is_told_from_a_model_server_that_is(backend: Backend, tmp_path: Path) -> None:
    grpc_port, http_port = free_ports(2)
    with (
        Client(f"http://127.0.0.1:{http_port}") as nobody,
        pytest.raises(GatewayUnreachableError, match=str(http_port)),
    ):
        nobody.predict(photo())
    environment = {**backend.environment, "ACNEFLOW_SERVING_ADDRESS": f"127.0.0.1:{grpc_port}"}
    with running_gateway(environment, tmp_path / "log") as gateway, Client(gateway.url, patience_s=0) as client:
        with pytest.raises(TemporarilyUnavailableError) as away:
            client.predict(photo())
        assert away.value.retry_after_s is not None
        assert not client.readiness().ready
        assert "model server" in client.readiness().reason


def test_something_that_is_no_gateway_is_recognised(s3_server: SeaweedFS) -> None:
    with Client(f"http://127.0.0.1:{s3_server.port}") as client, pytest.raises(UnexpectedAnswerError):
        client.predict(photo())
