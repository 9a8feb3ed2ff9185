"""Version numbers and channels: claimed once, moved once, and nobody's word lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts import keys
from contracts.manifest import utc_now
from contracts.models.channels import Channels
from contracts.models.promotion import PromotionRefusedError, is_settled
from contracts.models.version import VersionManifest
from contracts.run import Evaluation, GateCheck, Interval, Metrics
from contracts.steps import Exit, NothingNewError
from objectstore import ObjectStore
from objectstore.channels import change_channels, read_channels
from trainer.publish.promotion import promote
from trainer.publish.version import claim_version

MODEL = "acne"


def published(store: ObjectStore, run_id: str = "run") -> int:
    """A version that is there and the candidate."""
    version = claim_version(store, MODEL, run_id)
    manifest = VersionManifest(name=MODEL, version=version, created_at=utc_now(), run_id=run_id, files=())
    store.put(keys.manifest(keys.version(MODEL, version)), manifest.to_json())
    change_channels(store, MODEL, lambda channels: channels.with_candidate(version, "a test"))
    return version


def evaluated(
    store: ObjectStore, version: int | None, *, accepted: bool = True, against: int | None = None, run_id: str = "run"
) -> str:
    """The URI of an evaluation of that version."""
    score = Interval(value=0.9, low=0.8, high=0.95)
    evaluation = Evaluation(
        run_id=run_id,
        model=MODEL,
        version=version,
        created_at=utc_now(),
        metrics=Metrics(
            test_images=9,
            test_groups=9,
            macro_f1=score,
            accuracy=score,
            expected_calibration_error=0.0,
            per_class={},
            confusion=(),
        ),
        production_version=against,
        production_metrics=None,
        checks=(GateCheck(name="floor", passed=accepted, message="macro-F1 is 0.9"),),
        accepted=accepted,
    )
    key = keys.evaluation(run_id)
    store.put(key, evaluation.to_json())
    return store.uri(key)


def channels(store: ObjectStore) -> Channels:
    return read_channels(store, MODEL)


def test_ten_runs_that_want_a_number_get_ten(store: ObjectStore) -> None:
    with ThreadPoolExecutor(10) as pool:
        numbers = list(pool.map(lambda n: claim_version(store, MODEL, f"run-{n}"), range(10)))
    assert sorted(numbers) == list(range(1, 11))


def test_a_run_keeps_its_number_however_often_it_asks(store: ObjectStore) -> None:
    first = claim_version(store, MODEL, "run-a")
    claim_version(store, MODEL, "run-b")
    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(lambda _: claim_version(store, MODEL, "run-a"), range(5))) == {first}


def test_an_accepted_candidate_goes_into_production(store: ObjectStore) -> None:
    version = published(store)
    result = promote(store, evaluated(store, version))
    assert result == {
        "model": MODEL,
        "version": 1,
        "promoted": True,
        "reason": "macro-F1 0.900 [0.800, 0.950], run run",
    }
    assert (channels(store).production, channels(store).candidate) == (version, None)


def test_promoting_twice_does_it_once(store: ObjectStore) -> None:
    uri = evaluated(store, published(store))
    first = promote(store, uri)
    before = store.get(keys.channels(MODEL))
    assert promote(store, uri) == first
    assert store.get(keys.channels(MODEL)) == before


def test_a_version_that_was_rolled_back_isnt_promoted_again_by_a_repeated_step(store: ObjectStore) -> None:
    uri = evaluated(store, published(store))
    promote(store, uri)
    later = published(store, "later")
    change_channels(store, MODEL, lambda now: now.with_production(later, "a test"))
    promote(store, uri)
    assert channels(store).production == later


def test_a_rejected_candidate_goes_away_with_its_reasons_and_ends_the_run(store: ObjectStore) -> None:
    version = published(store)
    uri = evaluated(store, version, accepted=False)
    for _ in range(2):
        with pytest.raises(NothingNewError, match=r"rejected: macro-F1 is 0\.9") as caught:
            promote(store, uri)
        assert caught.value.exit_code is Exit.NOTHING_NEW
        expected = {"model": MODEL, "version": version, "promoted": False, "reason": "macro-F1 is 0.9"}
        assert caught.value.result == expected
    assert (channels(store).production, channels(store).candidate) == (None, None)
    assert [move.action for move in channels(store).history] == ["candidate", "reject"]


def test_a_candidate_that_was_held_against_another_version_than_production_is_rejected(store: ObjectStore) -> None:
    promote(store, evaluated(store, published(store, "one"), run_id="one"))
    version = published(store, "two")
    with pytest.raises(NothingNewError, match="held against nothing, but version 1 is in production now"):
        promote(store, evaluated(store, version, against=None, run_id="two"))
    assert channels(store).production == 1


def test_a_broken_export_has_nothing_to_promote(store: ObjectStore) -> None:
    with pytest.raises(NothingNewError, match="the exported files were broken"):
        promote(store, evaluated(store, None, accepted=False))
    assert channels(store) == Channels()


def test_a_version_that_was_never_published_is_refused(store: ObjectStore) -> None:
    version = claim_version(store, MODEL, "run")
    with pytest.raises(PromotionRefusedError, match="version 1 was never published"):
        promote(store, evaluated(store, version))
    assert channels(store) == Channels()


def test_no_writer_loses_its_word_in_a_race(store: ObjectStore) -> None:
    versions = range(1, 6)
    with ThreadPoolExecutor(len(versions)) as pool:
        list(
            pool.map(
                lambda v: change_channels(store, MODEL, lambda now: now.with_candidate(v, f"writer {v}")), versions
            )
        )
    assert sorted(move.version for move in channels(store).history) == list(versions)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_run_is_settled_once_its_version_was_promoted_or_rejected(accepted: bool) -> None:
    before = Channels().with_candidate(3, "a test")
    after = before.with_production(3, "a test") if accepted else before.with_rejection(3, "a test")
    assert not is_settled(before, 3)
    assert is_settled(after, 3)
    assert is_settled(before, None)
