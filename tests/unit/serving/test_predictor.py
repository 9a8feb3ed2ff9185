"""Admission, decoding and deadlines of the core, without any transport."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contracts.models.outputs import EXPLAIN, Size, Tensor
from imaging import golden_pixels, read_pixels
from serving.errors import Code, RequestRefusedError
from serving.model_config import ModelConfig, Specific
from serving.server.api.signatures import find_signature, select_outputs
from serving.server.loading import load_version
from serving.server.metrics import Metrics
from serving.server.options import EngineOptions
from serving.server.predictor import Call, Photos, Pixels, Prediction, Predictor
from serving.server.registry import Registry, Target
from support.versions import Versions

WORKERS = 2


@pytest.fixture
async def registry(tmp_path: Path, versions: Versions) -> AsyncIterator[Registry]:
    versions.install(tmp_path / "acne", 1)
    registry = Registry(partial(load_version, options=EngineOptions(workers=WORKERS)), Metrics())
    await registry.apply([ModelConfig("acne", tmp_path / "acne", Specific(frozenset({1})))])
    yield registry
    await registry.close()


def photo(size: tuple[int, int] = (300, 200)) -> bytes:
    gradient = Image.linear_gradient("L").resize(size).convert("RGB")
    stream = BytesIO()
    gradient.save(stream, "JPEG")
    return stream.getvalue()


def call(images: Pixels | Photos, signature: str = "pixels", outputs: tuple[str, ...] = ()) -> Call:
    found = find_signature(signature)
    return Call(Target("acne"), found, images, select_outputs(found, outputs))


def probabilities(prediction: Prediction) -> np.ndarray:
    return np.asarray(prediction.outputs["probabilities"])


async def test_a_version_that_is_older_than_an_output_is_served_without_it(registry: Registry) -> None:
    predictor = Predictor(registry, Metrics(), workers=WORKERS)
    newer = Tensor("age", "float32", (Size.IMAGES,), optional=True)
    signature = replace(EXPLAIN, outputs=(*EXPLAIN.outputs, newer))
    asked = Call(Target("acne"), signature, golden_pixels())
    assert (await predictor.predict(asked, timeout_s=None)).outputs.keys() == {one.name for one in EXPLAIN.outputs}
    with pytest.raises(RequestRefusedError) as refused:
        await predictor.predict(replace(asked, outputs=(newer,)), timeout_s=None)
    assert refused.value.code is Code.INVALID_ARGUMENT
    predictor.close()


async def test_photos_give_what_their_pixels_give(registry: Registry) -> None:
    predictor = Predictor(registry, Metrics(), workers=WORKERS)
    photos = [photo(), photo((640, 480))]
    from_photos = await predictor.predict(call(photos, "serving_default"), timeout_s=None)
    pixels = np.stack([read_pixels(data) for data in photos])
    from_pixels = await predictor.predict(call(pixels), timeout_s=None)
    assert from_photos.version == 1
    assert np.array_equal(probabilities(from_photos), probabilities(from_pixels))
    predictor.close()


async def test_only_the_outputs_that_were_asked_for_are_given(registry: Registry) -> None:
    predictor = Predictor(registry, Metrics(), workers=WORKERS)
    prediction = await predictor.predict(call(golden_pixels(), "explain", ("heatmap", "classes")), timeout_s=5)
    assert set(prediction.outputs) == {"heatmap", "classes"}
    assert np.asarray(prediction.outputs["heatmap"]).shape == (4, 7, 7)
    predictor.close()


async def test_a_picture_that_cant_be_read_is_named_by_its_place_with_the_reason(registry: Registry) -> None:
    predictor = Predictor(registry, Metrics(), workers=WORKERS)
    with pytest.raises(RequestRefusedError, match="picture 1: this is no JPEG, PNG, WebP or HEIC") as refused:
        await predictor.predict(call([photo(), b"<html>"], "serving_default"), timeout_s=None)
    assert refused.value.code is Code.INVALID_ARGUMENT
    predictor.close()


async def test_a_full_queue_refuses_and_takes_requests_again_once_it_has_room(registry: Registry) -> None:
    predictor = Predictor(registry, Metrics(), workers=WORKERS, max_waiting_images=4)
    first = asyncio.create_task(predictor.predict(call(golden_pixels()), timeout_s=None))
    await asyncio.sleep(0)
    with pytest.raises(RequestRefusedError, match="4 images are waiting already") as refused:
        await predictor.predict(call(golden_pixels()[:1]), timeout_s=None)
    assert refused.value.code is Code.RESOURCE_EXHAUSTED
    await first
    await predictor.predict(call(golden_pixels()), timeout_s=None)
    predictor.close()


@pytest.mark.parametrize("count", [0, 5])
async def test_a_request_of_no_image_or_of_more_than_the_queue_holds_is_wrong_in_itself(
    registry: Registry, count: int
) -> None:
    predictor = Predictor(registry, Metrics(), workers=WORKERS, max_waiting_images=4)
    pixels = np.zeros((count, 224, 224, 3), np.uint8)
    with pytest.raises(RequestRefusedError, match=f"1 to 4 images, got {count}") as refused:
        await predictor.predict(call(pixels), timeout_s=None)
    assert refused.value.code is Code.INVALID_ARGUMENT
    predictor.close()
