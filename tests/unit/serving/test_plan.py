"""The sidecar's decisions, without a disk, a store or a server: the order that TensorFlow Serving needs."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.models.channels import Channels
from serving.sync.plan import ServedVersion, Situation, VersionConfig, make_plan

AVAILABLE = ServedVersion(available=True, gone=False)
LOADING = ServedVersion(available=False, gone=False)
GONE = ServedVersion(available=False, gone=True)
FAILED = ServedVersion(available=False, gone=True, error="variables are missing")


def config(*versions: int, **labels: int) -> VersionConfig:
    return VersionConfig(frozenset(versions), labels)


def test_what_a_channel_names_is_downloaded_production_first() -> None:
    channels = Channels(production=7, candidate=8, previous=6)
    plan = make_plan(Situation(channels, config(), server={}))
    assert plan.download == (7, 8, 6)
    assert plan.config == config()


def test_a_version_on_disk_is_loaded_before_any_label_points_to_it() -> None:
    plan = make_plan(Situation(Channels(production=1), config(), on_disk={1}, server={}))
    assert plan.config == config(1)
    assert plan.in_transit


def test_a_version_that_is_available_is_proven_before_its_label_moves() -> None:
    channels = Channels(production=2, previous=1)
    before = Situation(channels, config(1, 2, production=1), on_disk={1, 2}, server={1: AVAILABLE, 2: AVAILABLE})
    plan = make_plan(before)
    assert plan.prove == (2,)
    assert plan.config == config(1, 2, production=1)


def test_a_version_that_is_still_loading_isnt_asked_yet() -> None:
    channels = Channels(production=2, previous=1)
    plan = make_plan(
        Situation(channels, config(1, 2, production=1), on_disk={1, 2}, server={1: AVAILABLE, 2: LOADING}, proven={1})
    )
    assert plan.prove == ()
    assert plan.config == config(1, 2, production=1)


def test_the_label_moves_while_the_old_version_still_serves() -> None:
    channels = Channels(production=2, previous=1)
    plan = make_plan(
        Situation(
            channels, config(1, 2, production=1), on_disk={1, 2}, server={1: AVAILABLE, 2: AVAILABLE}, proven={1, 2}
        )
    )
    assert plan.config == config(1, 2, production=2)


def test_the_old_version_is_dropped_after_its_grace_period_and_stays_on_disk_as_previous() -> None:
    channels = Channels(production=2, previous=1)
    state = {1: AVAILABLE, 2: AVAILABLE}
    now = Situation(channels, config(1, 2, production=2), on_disk={1, 2}, server=state, proven={1, 2})
    assert make_plan(now).unneeded == {1}
    assert make_plan(now).config == now.config
    later = Situation(channels, now.config, on_disk={1, 2}, server=state, proven={1, 2}, grace_over={1})
    assert make_plan(later).config == config(2, production=2)
    assert make_plan(later).delete == frozenset()


def test_a_version_no_channel_names_is_deleted_once_the_server_has_let_go_of_it() -> None:
    channels = Channels(production=3, previous=2)
    now = config(3, production=3)
    for state, deleted in ((AVAILABLE, set()), (LOADING, set()), (GONE, {1})):
        situation = Situation(channels, now, on_disk={1, 2, 3}, server={1: state, 3: AVAILABLE}, proven={3})
        assert make_plan(situation).delete == deleted


def test_nothing_is_deleted_and_no_label_moves_while_the_server_is_silent() -> None:
    channels = Channels(production=3, previous=2)
    plan = make_plan(Situation(channels, config(2, production=2), on_disk={1, 2, 3}, server=None, proven={3}))
    assert plan.delete == frozenset()
    assert plan.config == config(2, 3, production=2)
    assert not plan.in_transit


def test_a_version_that_the_server_cant_load_is_quarantined_and_production_stays() -> None:
    channels = Channels(production=2, previous=1)
    plan = make_plan(
        Situation(channels, config(1, 2, production=1), on_disk={1, 2}, server={1: AVAILABLE, 2: FAILED}, proven={1})
    )
    assert plan.quarantine == {2: "the model server can't load it: variables are missing"}
    assert plan.config == config(1, production=1)


def test_a_quarantined_version_is_neither_fetched_again_nor_loaded_and_its_files_go() -> None:
    channels = Channels(production=2, previous=1)
    now = Situation(
        channels, config(1, production=1), on_disk={1, 2}, server={1: AVAILABLE}, proven={1}, quarantined={2}
    )
    plan = make_plan(now)
    assert plan.download == ()
    assert plan.config == now.config
    assert plan.delete == {2}


def test_a_new_replica_serves_the_last_good_version_when_production_is_broken() -> None:
    channels = Channels(production=2, previous=1)
    first = make_plan(Situation(channels, config(), server={}, quarantined={2}))
    assert first.download == (1,)
    second = make_plan(Situation(channels, config(), on_disk={1}, server={}, quarantined={2}))
    assert second.config == config(1)
    third = make_plan(Situation(channels, config(1), on_disk={1}, server={1: AVAILABLE}, quarantined={2}, proven={1}))
    assert third.config == config(1, production=1)


def test_a_candidate_that_becomes_production_only_changes_labels() -> None:
    channels = Channels(production=2, previous=1)
    plan = make_plan(
        Situation(
            channels,
            config(1, 2, production=1, candidate=2),
            on_disk={1, 2},
            server={1: AVAILABLE, 2: AVAILABLE},
            proven={1, 2},
        )
    )
    assert plan.config == config(1, 2, production=2)


def test_the_candidate_label_never_points_to_anything_but_the_candidate() -> None:
    channels = Channels(production=1, candidate=3)
    plan = make_plan(
        Situation(
            channels, config(1, 2, production=1, candidate=2), on_disk={1, 2}, server={1: AVAILABLE, 2: AVAILABLE}
        )
    )
    assert plan.config.labels == {"production": 1}


def test_a_sidecar_that_starts_again_leaves_a_serving_label_alone_but_proves_the_version() -> None:
    channels = Channels(production=1)
    plan = make_plan(Situation(channels, config(1, production=1), on_disk={1}, server={1: AVAILABLE}))
    assert plan.config == config(1, production=1)
    assert plan.prove == (1,)


def test_nothing_is_left_to_do_once_everything_is_in_place() -> None:
    channels = Channels(production=2, candidate=3, previous=1)
    now = Situation(
        channels,
        config(2, 3, production=2, candidate=3),
        on_disk={1, 2, 3},
        server={1: GONE, 2: AVAILABLE, 3: AVAILABLE},
        proven={2, 3},
    )
    plan = make_plan(now)
    assert (plan.download, plan.prove, plan.delete, plan.unneeded) == ((), (), frozenset(), frozenset())
    assert plan.config == now.config
    assert not plan.in_transit


NUMBERS = st.integers(1, 5)
CHANNELS = st.builds(
    Channels, production=st.none() | NUMBERS, candidate=st.none() | NUMBERS, previous=st.none() | NUMBERS
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Anything that can be found, also after a crash; what is told has labels on versions it loads."""
    versions = draw(st.frozensets(NUMBERS))
    labels = draw(st.dictionaries(st.sampled_from(["production", "candidate"]), NUMBERS))
    return Situation(
        channels=draw(CHANNELS),
        config=VersionConfig(versions, {label: version for label, version in labels.items() if version in versions}),
        on_disk=draw(st.frozensets(NUMBERS)),
        server=draw(st.none() | st.dictionaries(NUMBERS, st.sampled_from([AVAILABLE, LOADING, GONE, FAILED]))),
        proven=draw(st.frozensets(NUMBERS)),
        quarantined=draw(st.frozensets(NUMBERS)),
        grace_over=draw(st.frozensets(NUMBERS)),
    )


@settings(deadline=None, max_examples=500)
@given(situations())
def test_whatever_is_found_no_label_moves_to_an_unproven_version_and_nothing_in_use_is_deleted(now: Situation) -> None:
    plan = make_plan(now)
    bad = set(now.quarantined) | plan.quarantine.keys()
    for label, version in plan.config.labels.items():
        assert version in plan.config.versions
        assert version not in bad
        if now.config.labels.get(label) != version:
            assert version in now.proven
            assert now.server is not None
            assert now.server[version].available
    moved_away_from = {v for label, v in now.config.labels.items() if plan.config.labels.get(label) != v}
    assert moved_away_from - bad - now.grace_over <= plan.config.versions
    assert not plan.delete & (plan.config.versions | now.config.versions)
    assert not bad & {*plan.download, *plan.prove}


@settings(deadline=None, max_examples=100)
@given(situations())
def test_production_is_never_left_without_a_version_that_still_works(now: Situation) -> None:
    serving = now.config.labels.get("production")
    plan = make_plan(now)
    if serving is not None and now.channels.production is not None:
        broken = serving in now.quarantined or serving in plan.quarantine
        assert broken or "production" in plan.config.labels


@settings(deadline=None, max_examples=100)
@given(situations(), st.frozensets(NUMBERS), st.frozensets(NUMBERS))
def test_from_whatever_is_found_it_ends_where_the_channels_want_it(
    now: Situation, unloadable: frozenset[int], unprovable: frozenset[int]
) -> None:
    """Plays a model server that keeps to TensorFlow Serving's rules, until nothing changes any more."""
    now = replace(now, server={}, proven=frozenset(), quarantined=frozenset(), grace_over=frozenset())
    for _ in range(30):
        plan = make_plan(now)
        server = dict(now.server or {})
        for label, version in plan.config.labels.items():
            moves = now.config.labels.get(label, version) != version
            assert not moves or server[version].available, "TensorFlow Serving would refuse this config"
        for version in plan.config.versions & now.on_disk:
            server[version] = FAILED if version in unloadable else AVAILABLE
        for version in server.keys() - plan.config.versions:
            server[version] = GONE
        after = Situation(
            channels=now.channels,
            config=plan.config,
            on_disk=(now.on_disk | set(plan.download)) - plan.delete,
            server=server,
            proven=now.proven | (set(plan.prove) - unprovable),
            quarantined=now.quarantined | plan.quarantine.keys() | (set(plan.prove) & unprovable),
            grace_over=plan.unneeded,
        )
        if after == now:
            break
        now = after
    else:
        raise AssertionError("it never comes to rest")
    broken = unloadable | unprovable
    if now.channels.production is not None and now.channels.production not in broken:
        assert now.config.labels["production"] == now.channels.production
    if now.channels.candidate is not None and now.channels.candidate not in broken:
        assert now.config.labels["candidate"] == now.channels.candidate
    assert now.config.versions == set(now.config.labels.values())
    assert now.on_disk == {*now.channels.labels().values(), now.channels.previous, *now.config.versions} - {None} - (
        now.quarantined
    )
