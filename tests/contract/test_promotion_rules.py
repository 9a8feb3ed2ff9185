"""The same moves through every door by which channels are moved: what one refuses, all refuse, for the same reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from contracts import keys
from contracts.models.promotion import PromotionRefusedError, Refusal
from contracts.models.version import LITERT_FILE
from contracts.steps import NothingNewError
from objectstore import ObjectStore
from objectstore.channels import change_channels, read_channels
from stack.seaweedfs import SeaweedFS
from support.gateway import ADMIN_KEY, control_environment, running_gateway
from support.paper_versions import MODEL, paper_version
from trainer.publish import promotion

WHY = "a test"

Door = Callable[[ObjectStore, str, int | None], Refusal | None]
"""Moves a channel (`promote`, `reject` or `rollback`, of or to a version); returns why it was refused."""


def command_line(store: ObjectStore, action: str, version: int | None) -> Refusal | None:
    """What `trainer promote`, `reject` and `rollback` call."""
    try:
        if action == "rollback":
            promotion.roll_back(store, MODEL, version, WHY)
        elif action == "reject":
            promotion.reject_version(store, MODEL, version or 0, WHY)
        else:
            promotion.promote_version(store, MODEL, version or 0, WHY)
    except PromotionRefusedError as refusal:
        return refusal.reason
    return None


def api(gateway: str) -> Door:
    """What admins ask of a gateway at this address."""

    def move(_store: ObjectStore, action: str, version: int | None) -> Refusal | None:
        path = f"/v1/models/{MODEL}" + (":rollback" if action == "rollback" else f"/versions/{version}:{action}")
        body = {"reason": WHY} | ({"to": version} if action == "rollback" else {})
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        answer = httpx.post(f"{gateway}{path}", json=body, headers=headers, timeout=60)
        assert answer.status_code in {200, 404, 409}, answer.text
        return None if answer.status_code == 200 else Refusal(answer.json()["reason"])

    return move


Preparation = Callable[[ObjectStore], None]


@dataclass(frozen=True)
class Case:
    """A move, as things stand after `prepared`: version 1 in production, 2 an accepted candidate."""

    name: str
    action: str
    version: int | None
    refusal: Refusal | None
    production: int | None
    """Afterwards."""
    prepared: tuple[Preparation, ...] = ()


def damaged(version: int) -> Preparation:
    def damage(store: ObjectStore) -> None:
        store.put(f"{keys.version(MODEL, version)}/{LITERT_FILE}", b"other content")

    return damage


def published(version: int, *, accepted: bool | None = True) -> Preparation:
    return lambda store: paper_version(store, version, accepted=accepted)


def in_production(version: int) -> Preparation:
    def promote(store: ObjectStore) -> None:
        change_channels(store, MODEL, lambda now: now.with_production(version, "by an earlier move"))

    return promote


def no_channels(store: ObjectStore) -> None:
    store.delete(keys.channels(MODEL))


CASES = (
    Case("accepted", "promote", 2, None, 2),
    Case("in production already", "promote", 1, None, 1),
    Case("rejected by the gate", "promote", 3, Refusal.GATE_REJECTED, 1, (published(3, accepted=False),)),
    Case("never judged", "promote", 3, Refusal.NEVER_JUDGED, 1, (published(3, accepted=None),)),
    Case("held against another", "promote", 2, Refusal.HELD_AGAINST_ANOTHER, 3, (published(3), in_production(3))),
    Case("damaged", "promote", 2, Refusal.DAMAGED, 1, (damaged(2),)),
    Case("never published", "promote", 7, Refusal.UNKNOWN_VERSION, 1),
    Case("a candidate", "reject", 2, None, 1),
    Case("a damaged candidate", "reject", 2, None, 1, (damaged(2),)),
    Case("what is in production", "reject", 1, Refusal.IN_PRODUCTION, 1),
    Case("what was never published", "reject", 7, Refusal.UNKNOWN_VERSION, 1),
    Case("to the last one", "rollback", None, None, 1, (in_production(2),)),
    Case("to a named one", "rollback", 1, None, 1, (in_production(2),)),
    Case("from the first", "rollback", None, Refusal.NOTHING_EARLIER, 1),
    Case("to one that never was", "rollback", 3, Refusal.NEVER_IN_PRODUCTION, 2, (published(3), in_production(2))),
    Case("to a damaged one", "rollback", 1, Refusal.DAMAGED, 2, (in_production(2), damaged(1))),
    Case("of nothing", "rollback", None, Refusal.UNKNOWN_MODEL, None, (no_channels,)),
)
JUDGED = [case for case in CASES if case.action == "promote" and case.name not in {"never judged", "never published"}]


@pytest.fixture(scope="module")
def doors(s3_server: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Door]]:
    settings = s3_server.settings("promotion-rules")
    ObjectStore(settings).ensure_bucket()
    log = tmp_path_factory.mktemp("gateway") / "log"
    with running_gateway(control_environment(settings), log) as gateway:
        yield {"command line": command_line, "API": api(gateway.url)}


@pytest.fixture
def bucket(s3_server: SeaweedFS) -> ObjectStore:
    """Version 1 in production, 2 an accepted candidate."""
    store = ObjectStore(s3_server.settings("promotion-rules"))
    store.ensure_bucket()
    for entry in list(store.walk("")):
        store.delete(entry.key)
    paper_version(store, 1)
    in_production(1)(store)
    paper_version(store, 2)
    return store


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.action}: {case.name}")
@pytest.mark.parametrize("name", ["command line", "API"])
def test_every_door_obeys_the_same_rules(bucket: ObjectStore, doors: dict[str, Door], name: str, case: Case) -> None:
    for prepare in case.prepared:
        prepare(bucket)
    door = doors[name]
    assert door(bucket, case.action, case.version) == case.refusal
    after = read_channels(bucket, MODEL)
    assert after.production == case.production
    if case.refusal is None:
        assert door(bucket, case.action, case.version) is None
        assert read_channels(bucket, MODEL) == after, "told twice, it is done once"


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.name)
def test_the_pipelines_step_promotes_what_the_others_would_and_rejects_the_rest(
    bucket: ObjectStore, case: Case
) -> None:
    for prepare in case.prepared:
        prepare(bucket)
    evaluation = bucket.uri(keys.evaluation(f"run-{case.version}"))
    if case.refusal is None:
        assert promotion.promote(bucket, evaluation)["promoted"]
    elif case.refusal is Refusal.DAMAGED:
        with pytest.raises(PromotionRefusedError) as refused:
            promotion.promote(bucket, evaluation)
        assert refused.value.reason == case.refusal
    else:
        with pytest.raises(NothingNewError) as rejected:
            promotion.promote(bucket, evaluation)
        assert not rejected.value.result["promoted"]
        assert read_channels(bucket, MODEL).history[-1].action == "reject"
    assert read_channels(bucket, MODEL).production == case.production
