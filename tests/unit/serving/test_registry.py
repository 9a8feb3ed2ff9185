"""Which versions are held: loaded before others go, never freed under a request, and broken ones told apart."""

import asyncio
import shutil
from functools import partial
from pathlib import Path

import pytest

from imaging import golden_pixels
from serving.errors import Code, RequestRefusedError
from serving.model_config import Latest, ModelConfig, Specific
from serving.server.loading import load_version
from serving.server.metrics import Metrics
from serving.server.options import EngineOptions
from serving.server.registry import Registry, State, Target
from support.versions import Versions


def new_registry(*, labels_before_versions: bool = True) -> Registry:
    load = partial(load_version, options=EngineOptions(workers=1))
    return Registry(load, Metrics(), labels_before_versions=labels_before_versions)


def config(base: Path, *versions: int, **labels: int) -> ModelConfig:
    return ModelConfig("acne", base, Specific(frozenset(versions)), labels)


def states(registry: Registry) -> dict[int, State]:
    return {status.version: status.state for status in registry.statuses(Target("acne"))}


def served(registry: Registry, target: Target) -> int:
    with registry.lease(target) as loaded:
        return loaded.number


@pytest.fixture
def base(tmp_path: Path, versions: Versions) -> Path:
    for number in (1, 2, 3):
        versions.install(tmp_path / "acne", number)
    return tmp_path / "acne"


async def test_a_version_is_found_by_number_by_label_and_as_the_latest(base: Path) -> None:
    registry = new_registry()
    await registry.apply([config(base, 1, 2, production=1)])
    assert served(registry, Target("acne", version=1)) == 1
    assert served(registry, Target("acne", label="production")) == 1
    assert served(registry, Target("acne")) == 2
    await registry.close()


@pytest.mark.parametrize(
    ("target", "code", "fault"),
    [
        (Target("other"), Code.NOT_FOUND, "model 'other' has no version that is loaded"),
        (Target("acne", version=9), Code.NOT_FOUND, "version 9 of model 'acne' isn't loaded; loaded: 1"),
        (Target("acne", label="canary"), Code.INVALID_ARGUMENT, "unrecognized label 'canary'.*labels: production"),
    ],
)
async def test_what_isnt_there_is_refused_as_tensorflow_serving_refuses_it(
    base: Path, target: Target, code: Code, fault: str
) -> None:
    registry = new_registry()
    await registry.apply([config(base, 1, production=1)])
    with pytest.raises(RequestRefusedError, match=fault) as refused, registry.lease(target):
        pass
    assert refused.value.code is code
    await registry.close()


async def test_a_version_isnt_freed_before_its_last_request_has_ended(base: Path) -> None:
    registry = new_registry()
    await registry.apply([config(base, 1)])
    with registry.lease(Target("acne", version=1)) as loaded:
        await registry.apply([config(base, 2)])
        assert states(registry) == {1: State.UNLOADING, 2: State.AVAILABLE}
        with pytest.raises(RequestRefusedError), registry.lease(Target("acne", version=1)):
            pass
        await asyncio.sleep(0.05)
        assert states(registry)[1] is State.UNLOADING
        assert loaded.engine.run(0, golden_pixels()[:1]).probabilities.shape == (1, 4)
    while states(registry)[1] is not State.END:  # noqa: ASYNC110 - the registry has no event for it
        await asyncio.sleep(0.01)
    assert states(registry) == {1: State.END, 2: State.AVAILABLE}
    await registry.close()


async def test_a_label_moves_only_to_a_version_that_is_available(base: Path) -> None:
    registry = new_registry()
    await registry.apply([config(base, 1, production=1)])
    with pytest.raises(RequestRefusedError, match="can't move to version 2") as refused:
        await registry.apply([config(base, 1, 2, production=2)])
    assert refused.value.code is Code.FAILED_PRECONDITION
    assert states(registry) == {1: State.AVAILABLE}
    assert served(registry, Target("acne", label="production")) == 1
    await registry.apply([config(base, 1, 2, production=1)])
    await registry.apply([config(base, 1, 2, production=2)])
    assert served(registry, Target("acne", label="production")) == 2
    await registry.close()


async def test_a_new_label_may_be_made_to_wait_for_its_version_as_in_tensorflow_serving(base: Path) -> None:
    registry = new_registry(labels_before_versions=False)
    with pytest.raises(RequestRefusedError, match="can't move to version 1"):
        await registry.apply([config(base, 1, production=1)])
    await registry.apply([config(base, 1)])
    await registry.apply([config(base, 1, production=1)])
    assert served(registry, Target("acne", label="production")) == 1
    await registry.close()


async def test_a_version_that_cant_be_loaded_says_why_and_the_others_serve_on(base: Path) -> None:
    (base / "2" / "model.tflite").write_bytes(b"no model at all")
    registry = new_registry()
    await registry.apply([config(base, 1, 2, 3, production=1)])
    broken = registry.statuses(Target("acne", version=2))[0]
    assert broken.state is State.END
    assert "no readable LiteRT model" in broken.error
    assert served(registry, Target("acne", label="production")) == 1
    assert served(registry, Target("acne")) == 3
    await registry.close()


async def test_a_broken_version_isnt_tried_again_until_it_was_given_up_and_is_wanted_anew(
    base: Path, versions: Versions
) -> None:
    shutil.move(base / "2" / "model.json", base / "2" / "hidden")
    registry = new_registry()
    await registry.apply([config(base, 1, 2)])
    shutil.move(base / "2" / "hidden", base / "2" / "model.json")
    await registry.apply([config(base, 1, 2)])
    assert states(registry)[2] is State.END
    await registry.apply([config(base, 1)])
    await registry.apply([config(base, 1, 2)])
    assert states(registry)[2] is State.AVAILABLE
    await registry.close()


async def test_a_version_that_appears_on_disk_later_is_loaded_at_the_next_look(
    tmp_path: Path, versions: Versions
) -> None:
    base = tmp_path / "acne"
    registry = new_registry()
    wanted = ModelConfig("acne", base, Latest())
    await registry.apply([wanted])
    with pytest.raises(RequestRefusedError, match="could not find any versions"):
        registry.statuses(Target("acne"))
    assert not registry.ready
    versions.install(base, 1)
    await registry.apply([wanted])
    assert states(registry) == {1: State.AVAILABLE}
    assert registry.ready
    await registry.close()


async def test_a_caller_that_goes_away_leaves_no_version_half_loaded(base: Path) -> None:
    registry = new_registry()
    impatient = asyncio.create_task(registry.apply([config(base, 1)]))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    await registry.apply([config(base, 1)])
    assert states(registry) == {1: State.AVAILABLE}
    await registry.close()


async def test_a_version_that_comes_back_while_it_is_still_draining_serves_again_at_once(base: Path) -> None:
    registry = new_registry()
    await registry.apply([config(base, 1, 2)])
    with registry.lease(Target("acne", version=1)):
        await registry.apply([config(base, 2)])
        await registry.apply([config(base, 1, 2)])
        assert served(registry, Target("acne", version=1)) == 1
    await registry.close()
    assert set(states(registry).values()) == {State.END}
