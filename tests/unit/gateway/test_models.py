"""Models through the gateway: what was published, and channels that move by the pipeline's own rules."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from contracts import keys
from contracts.manifest import utc_now
from contracts.models.channels import Channels
from contracts.models.replica import Quarantined, ReplicaStatus
from contracts.run import Evaluation
from objectstore import ObjectStore, read_document
from stack.seaweedfs import SeaweedFS, free_ports
from support.described import describe, publish_described
from support.gateway import ADMIN_KEY, control_environment, running_gateway
from support.judgement import judge
from support.versions import move_channels

ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}
MODEL = "/v1/models/acne"


@pytest.fixture(scope="module")
def environment(s3_server: SeaweedFS) -> dict[str, str]:
    """Of a gateway that has a store and nothing else."""
    return control_environment(s3_server.settings("models"))


@pytest.fixture(scope="module")
def http(
    s3_server: SeaweedFS, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A gateway over a bucket of this module's own."""
    ObjectStore(s3_server.settings("models")).ensure_bucket()
    log = tmp_path_factory.mktemp("gateway") / "log"
    with (
        running_gateway(environment, log) as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as http,
    ):
        yield http


@pytest.fixture
def bucket(s3_server: SeaweedFS, http: httpx.Client) -> ObjectStore:
    """Versions 1 to 3: 1 in production, 2 an accepted candidate, 3 rejected."""
    store = ObjectStore(s3_server.settings("models"))
    store.delete(keys.channels("acne"))
    judge(store, publish_described(store, 1))
    judge(store, publish_described(store, 2), against=1)
    judge(store, publish_described(store, 3), against=1, accepted=False)
    move_channels(store, production=1)
    move_channels(store, candidate=2)
    return store


def channels(store: ObjectStore) -> Channels:
    return read_document(store, keys.channels("acne"), Channels)


def refused(answer: httpx.Response, status: int, reason: str) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["reason"] == reason
    return f"{answer.json()['detail']} {answer.json()['advice']}"


def test_all_models_are_listed_with_their_channels(http: httpx.Client, bucket: ObjectStore) -> None:
    (model,) = http.get("/v1/models").json()["models"]
    assert model == {"name": "acne", "production": 1, "candidate": 2, "previous": None, "versions": 3}


def test_a_model_tells_its_versions_newest_first_and_how_its_channels_came_about(
    http: httpx.Client, bucket: ObjectStore
) -> None:
    model = http.get(MODEL).json()
    assert [entry["version"] for entry in model["versions"]] == [3, 2, 1]
    assert [entry["verdict"] for entry in model["versions"]] == ["rejected", "accepted", "accepted"]
    assert model["versions"][0]["reasons"] == ["macro-F1 0.500 is below 0.600"]
    assert [entry["channels"] for entry in model["versions"]] == [[], ["candidate"], ["production"]]
    assert [move["action"] for move in model["history"]] == ["candidate", "promote"]
    assert (model["total"], model["unreadable"], model["earlier"]) == (3, [], [])
    assert len(http.get(MODEL, params={"limit": 1}).json()["versions"]) == 1


def test_a_model_tells_what_each_model_server_holds_and_has_quarantined(
    http: httpx.Client, bucket: ObjectStore
) -> None:
    bad = Quarantined(version=2, reason="it doesn't load", at=utc_now())
    for replica, model in (("one", "acne"), ("other", "moles")):
        status = ReplicaStatus(
            replica=replica, model=model, at=utc_now(), on_disk=(1,), labels={"production": 1}, quarantined=(bad,)
        )
        bucket.put(keys.replica_status(replica), status.to_json())
    (replica,) = http.get(MODEL).json()["replicas"]
    assert (replica["replica"], replica["on_disk"], replica["labels"]) == ("one", [1], {"production": 1})
    assert replica["quarantined"][0]["reason"] == "it doesn't load"


def test_a_version_that_was_claimed_and_never_published_does_not_exist(http: httpx.Client, bucket: ObjectStore) -> None:
    bucket.put(keys.version_claim("acne", 9), b"{}")
    assert 9 not in [entry["version"] for entry in http.get(MODEL).json()["versions"]]
    refused(http.get(f"{MODEL}/versions/9"), 404, "unknown_version")
    refused(http.post(f"{MODEL}/versions/9:promote", headers=ADMIN), 404, "unknown_version")
    bucket.delete(keys.version_claim("acne", 9))


def test_a_damaged_version_is_named_and_hides_no_other(http: httpx.Client, bucket: ObjectStore) -> None:
    bucket.put(keys.manifest(keys.version("acne", 8)), b"{")
    try:
        model = http.get(MODEL).json()
        assert [entry["version"] for entry in model["unreadable"]] == [8]
        assert len(model["versions"]) == 3
        assert http.get(f"{MODEL}/versions/8").status_code == 503
    finally:
        bucket.delete(keys.manifest(keys.version("acne", 8)))


def test_a_version_tells_all_that_is_known_of_it(http: httpx.Client, bucket: ObjectStore) -> None:
    version = http.get(f"{MODEL}/versions/2").json()
    description = describe(2)
    assert [entry["name"] for entry in version["classes"]] == [entry.name for entry in description.classes]
    assert version["thresholds"] == {"uncertain": 0.4, "unsupported": 0.8}
    assert [check["passed"] for check in version["checks"]] == [True, True]
    assert version["bytes"] == sum(file["size"] for file in version["files"]) > 0


def test_an_evaluation_is_handed_out_byte_by_byte(http: httpx.Client, bucket: ObjectStore) -> None:
    answer = http.get(f"{MODEL}/versions/2/evaluation")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.content == bucket.get(keys.evaluation("described-2")).body
    assert Evaluation.from_json(answer.content, origin="the gateway").accepted


def test_a_report_can_run_load_and_send_nothing(http: httpx.Client, bucket: ObjectStore) -> None:
    answer = http.get(f"{MODEL}/versions/2/report")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "form-action 'none'", "base-uri 'none'"} <= set(policy)
    assert "script" not in answer.headers["Content-Security-Policy"]
    card = http.get(f"{MODEL}/versions/2/model-card")
    assert card.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "# " in card.text


def test_a_candidate_is_promoted_once(http: httpx.Client, bucket: ObjectStore) -> None:
    answer = http.post(f"{MODEL}/versions/2:promote", json={"reason": "looks good"}, headers=ADMIN)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "name": "acne", "production": 2, "candidate": None, "previous": 1, "version": 2, "changed": True,
    }  # fmt: skip
    assert channels(bucket).history[-1].reason == "looks good"
    again = http.post(f"{MODEL}/versions/2:promote", headers=ADMIN).json()
    assert (again["production"], again["changed"]) == (2, False)
    assert len(channels(bucket).history) == 3


def test_what_the_gate_rejected_or_held_against_another_version_is_not_promoted(
    http: httpx.Client, bucket: ObjectStore
) -> None:
    why = refused(http.post(f"{MODEL}/versions/3:promote", headers=ADMIN), 409, "gate_rejected")
    assert "macro-F1 0.500 is below 0.600" in why
    move_channels(bucket, production=3)
    why = refused(http.post(f"{MODEL}/versions/2:promote", headers=ADMIN), 409, "held_against_another")
    assert "version 1" in why
    assert "version 3 is in production" in why
    assert channels(bucket).production == 3


def test_production_is_rolled_back_and_can_be_promoted_again(http: httpx.Client, bucket: ObjectStore) -> None:
    refused(http.post(f"{MODEL}:rollback", headers=ADMIN), 409, "nothing_earlier")
    http.post(f"{MODEL}/versions/2:promote", headers=ADMIN)
    assert "1" in refused(http.post(f"{MODEL}:rollback", json={"to": 3}, headers=ADMIN), 409, "never_in_production")
    back = http.post(f"{MODEL}:rollback", json={"reason": "worse on darker skin"}, headers=ADMIN)
    assert (back.status_code, back.json()["production"], back.json()["version"]) == (200, 1, 1)
    assert channels(bucket).history[-1].action == "rollback"
    forth = http.post(f"{MODEL}/versions/2:promote", headers=ADMIN)
    assert forth.json()["production"] == 2


def test_a_candidate_is_rejected_and_production_is_not(http: httpx.Client, bucket: ObjectStore) -> None:
    answer = http.post(f"{MODEL}/versions/2:reject", json={"reason": "no"}, headers=ADMIN).json()
    assert (answer["candidate"], answer["changed"]) == (None, True)
    assert not http.post(f"{MODEL}/versions/2:reject", headers=ADMIN).json()["changed"]
    refused(http.post(f"{MODEL}/versions/1:reject", headers=ADMIN), 409, "in_production")
    assert channels(bucket).production == 1


def test_writers_that_race_lose_no_word(http: httpx.Client, bucket: ObjectStore) -> None:
    move_channels(bucket, production=2)

    def ask(number: int) -> httpx.Response:
        path = f"{MODEL}:rollback" if number % 2 else f"{MODEL}/versions/3:reject"
        return http.post(path, json={"reason": f"number {number}"}, headers=ADMIN)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    changed = [answer for answer in answers if answer.status_code == 200 and answer.json()["changed"]]
    assert len(channels(bucket).history) == 3 + len(changed)
    assert channels(bucket).production == 1


@pytest.mark.parametrize("path", [f"{MODEL}:rollback", f"{MODEL}/versions/2:promote", f"{MODEL}/versions/2:reject"])
def test_only_an_admin_moves_channels(http: httpx.Client, bucket: ObjectStore, path: str) -> None:
    assert http.post(path).status_code == 401
    assert http.post(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert http.post(path, json={"because": "?"}, headers=ADMIN).status_code == 422
    assert channels(bucket).production == 1


def test_what_is_not_there_is_a_404_and_a_store_that_is_away_a_503(
    http: httpx.Client, bucket: ObjectStore, environment: dict[str, str], tmp_path: Path
) -> None:
    refused(http.get("/v1/models/moles"), 404, "unknown_model")
    refused(http.post("/v1/models/moles:rollback", headers=ADMIN), 404, "unknown_model")
    assert http.get("/v1/models/NoSlug").status_code == 422
    (port,) = free_ports(1)
    away = {**environment, "ACNEFLOW_STORE_ENDPOINT": f"http://127.0.0.1:{port}"}
    with running_gateway(away, tmp_path / "log") as gateway:
        refused(httpx.get(f"{gateway.url}{MODEL}", timeout=60), 503, "store_away")
