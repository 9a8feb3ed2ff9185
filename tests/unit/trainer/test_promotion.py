"""A person's word on versions: promote, reject, roll back, list and compare, and all that makes no sense refused."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner, Result

from contracts import keys
from contracts.models.channels import Channels
from contracts.models.promotion import PromotionRefusedError, Refusal
from contracts.models.version import LITERT_FILE
from contracts.steps import RESULT_PREFIX, Exit
from objectstore import ObjectStore
from objectstore.channels import change_channels, read_channels
from support.paper_versions import MODEL, paper_version
from trainer.cli import app
from trainer.publish.promotion import promote_version, reject_version, roll_back


def channels(store: ObjectStore) -> Channels:
    return read_channels(store, MODEL)


def trainer(*arguments: str) -> Result:
    """What a command says and ends with; in this process, since starting one takes longer than what it does."""
    return CliRunner().invoke(app, arguments)


@contextmanager
def refused(reason: Refusal, match: str | None = None) -> Iterator[None]:
    """Expect that a move is refused for this reason."""
    with pytest.raises(PromotionRefusedError, match=match) as caught:
        yield
    assert (caught.value.reason, caught.value.exit_code) == (reason, Exit.INVALID)


@pytest.fixture
def three(store: ObjectStore) -> ObjectStore:
    """Versions 1 to 3, promoted one after the other."""
    for number in (1, 2, 3):
        paper_version(store, number, score=0.8 + number / 100)
        promote_version(store, MODEL, number, f"reason {number}")
    return store


def test_a_version_is_promoted_by_its_number_and_the_history_says_why(store: ObjectStore) -> None:
    paper_version(store, 1)
    said = promote_version(store, MODEL, 1, " it reads dark skin better ")
    assert said == {
        "model": MODEL,
        "version": 1,
        "previous": None,
        "promoted": True,
        "reason": "it reads dark skin better",
    }
    now = channels(store)
    assert (now.production, now.candidate) == (1, None)
    assert (now.history[-1].action, now.history[-1].reason) == ("promote", "it reads dark skin better")
    promote_version(store, MODEL, 1, "again")
    assert channels(store) == now


def test_what_was_never_published_isnt_promoted(store: ObjectStore) -> None:
    paper_version(store, 1)
    store.delete(keys.manifest(keys.version(MODEL, 1)))
    with refused(Refusal.UNKNOWN_VERSION):
        promote_version(store, MODEL, 1, "why not")
    paper_version(store, 4)
    with refused(Refusal.UNKNOWN_VERSION, match=r"version 2 was never published: .*; published are 4"):
        promote_version(store, MODEL, 2, "why not")


@pytest.mark.parametrize("damage", [b"other content", b"", None])
def test_a_version_whose_hash_fails_isnt_promoted(store: ObjectStore, damage: bytes | None) -> None:
    paper_version(store, 1)
    key = f"{keys.version(MODEL, 1)}/{LITERT_FILE}"
    store.delete(key) if damage is None else store.put(key, damage)
    with refused(Refusal.DAMAGED, match=LITERT_FILE):
        promote_version(store, MODEL, 1, "why not", force=True)
    assert channels(store).production is None


@pytest.mark.parametrize(("accepted", "reason"), [(False, Refusal.GATE_REJECTED), (None, Refusal.NEVER_JUDGED)])
def test_without_the_gates_word_only_force_promotes(store: ObjectStore, accepted: bool | None, reason: Refusal) -> None:
    paper_version(store, 1, accepted=accepted)
    with refused(reason):
        promote_version(store, MODEL, 1, "why not")
    promote_version(store, MODEL, 1, "the test images are wrong", force=True)
    assert channels(store).production == 1


def test_a_move_without_a_reason_is_refused(three: ObjectStore) -> None:
    before = channels(three)
    with refused(Refusal.NO_REASON):
        promote_version(three, MODEL, 1, " ")
    with refused(Refusal.NO_REASON):
        reject_version(three, MODEL, 1, "")
    with refused(Refusal.NO_REASON):
        roll_back(three, MODEL, None, "")
    assert channels(three) == before


def test_a_rejected_version_is_no_candidate_and_production_cant_be_rejected(three: ObjectStore) -> None:
    paper_version(three, 4)
    reject_version(three, MODEL, 4, "it is blind")
    now = channels(three)
    assert (now.production, now.candidate, now.history[-1].action) == (3, None, "reject")
    reject_version(three, MODEL, 4, "it is blind")
    assert channels(three) == now
    with refused(Refusal.IN_PRODUCTION):
        reject_version(three, MODEL, 3, "why not")


def test_a_version_that_was_held_against_another_one_is_promoted_by_force_only(three: ObjectStore) -> None:
    paper_version(three, 4)
    roll_back(three, MODEL, None, "3 is worse on Tuesdays")
    with refused(Refusal.HELD_AGAINST_ANOTHER):
        promote_version(three, MODEL, 4, "why not")
    promote_version(three, MODEL, 4, "it is better than 2, too", force=True)
    assert channels(three).production == 4


def test_a_damaged_candidate_can_be_rejected(store: ObjectStore) -> None:
    paper_version(store, 1)
    store.delete(f"{keys.version(MODEL, 1)}/{LITERT_FILE}")
    reject_version(store, MODEL, 1, "its files are gone")
    assert channels(store).candidate is None


def test_rolling_back_twice_for_one_reason_goes_back_once(three: ObjectStore) -> None:
    first = roll_back(three, MODEL, None, "3 is worse on Tuesdays")
    assert first == {"model": MODEL, "version": 2, "previous": 1, "reason": "3 is worse on Tuesdays"}
    assert roll_back(three, MODEL, None, "3 is worse on Tuesdays") == first
    assert roll_back(three, MODEL, None, "so is 2")["version"] == 1
    with refused(Refusal.NOTHING_EARLIER):
        roll_back(three, MODEL, None, "and 1")


def test_rolling_back_to_what_is_damaged_or_was_never_there_is_refused(three: ObjectStore) -> None:
    three.put(f"{keys.version(MODEL, 2)}/{LITERT_FILE}", b"other content")
    with refused(Refusal.DAMAGED):
        roll_back(three, MODEL, None, "3 is worse")
    with refused(Refusal.NEVER_IN_PRODUCTION):
        roll_back(three, MODEL, 9, "3 is worse")
    assert roll_back(three, MODEL, 1, "3 is worse")["version"] == 1


def test_with_nothing_in_production_there_is_nothing_to_roll_back(store: ObjectStore) -> None:
    with refused(Refusal.UNKNOWN_MODEL):
        roll_back(store, MODEL, None, "why not")


def test_of_two_writers_at_the_same_moment_none_loses_its_word(three: ObjectStore) -> None:
    paper_version(three, 4)
    both_have_read = threading.Barrier(2)
    reads = threading.local()

    def move(version: int) -> None:
        def change(now: Channels) -> Channels:
            if not getattr(reads, "seen", False):
                reads.seen = True
                both_have_read.wait(timeout=20)
            return now.with_production(version, f"writer of {version}")

        change_channels(three, MODEL, change)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(move, (1, 4)))
    words = [each.reason for each in channels(three).history[-2:]]
    assert sorted(words) == ["writer of 1", "writer of 4"]


def test_two_rollbacks_at_once_go_back_one_step(three: ObjectStore) -> None:
    both = threading.Barrier(2)

    def back(number: int) -> object:
        both.wait(timeout=20)
        return roll_back(three, MODEL, None, f"operator {number} saw that 3 fails")["version"]

    with ThreadPoolExecutor(2) as pool:
        reached = sorted(pool.map(back, (1, 2)), key=str)
    # they may also have come one after the other; then each went one step, and each was told so
    steps = [each for each in channels(three).history if each.action == "rollback"]
    assert channels(three).production == min(int(str(version)) for version in reached)
    assert len(steps) == len(set(reached))


def test_the_commands_move_channels_and_end_with_their_result(three: ObjectStore, store_env: dict[str, str]) -> None:
    paper_version(three, 4, score=0.95, dataset_id="d2")
    for arguments, result in (
        (("promote", "--version", "4", "--reason", "better"), {"version": 4, "previous": 3, "promoted": True}),
        (("rollback", "--model", MODEL, "--reason", "worse"), {"version": 3, "previous": 2}),
        (("reject", "--version", "4", "--reason", "worse"), {"version": 4, "rejected": True}),
    ):
        done = trainer(*arguments)
        assert done.exit_code == Exit.DONE, done.stderr
        last = json.loads(done.stdout.splitlines()[-1].removeprefix(RESULT_PREFIX))
        assert last.items() >= result.items()
    listed = trainer("list", "--history", "3")
    assert listed.exit_code == Exit.DONE
    for said in ("production", "previous", "0.830 [0.730, 0.880]", "rollback", "worse", "accepted"):
        assert said in listed.stdout
    compared = trainer("compare", "3", "4")
    for said in ("version 3", "version 4", "+0.120", "F1 of milia", "Measured on other datasets (d1 and d2)"):
        assert said in compared.stdout


def test_what_makes_no_sense_ends_with_exit_code_2(store: ObjectStore, store_env: dict[str, str]) -> None:
    for arguments, said in (
        (("promote",), "either --evaluation or --version"),
        (("promote", "--version", "1", "--evaluation", "s3://b/k"), "either --evaluation or --version"),
        (("promote", "--version", "7", "--reason", "r"), "never published"),
        (("rollback", "--reason", "r"), "nothing is in production"),
        (("compare",), "nothing is in production; name two versions"),
    ):
        done = trainer(*arguments)
        assert done.exit_code == Exit.INVALID
        assert said in done.stderr
