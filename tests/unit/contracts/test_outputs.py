"""What a model gives out, as one specification."""

from contracts.models.outputs import (
    CLASSES,
    EXPLAIN,
    HEATMAP,
    OUTPUTS,
    PIXELS,
    PREDICT_PIXELS,
    PROBABILITIES,
    SERVING_DEFAULT,
    SIGNATURES,
    Size,
)


def test_sizes_that_are_not_known_may_be_any() -> None:
    assert PROBABILITIES.sizes({Size.CLASSES: 4}) == (None, 4)
    assert PIXELS.sizes({Size.IMAGES: 1, Size.SIDE: 224}) == (1, 224, 224, 3)


def test_photos_and_pixels_get_the_same_answer_and_only_an_explanation_has_the_map() -> None:
    assert set(SIGNATURES) == {"serving_default", "pixels", "explain"}
    assert SERVING_DEFAULT.outputs == PREDICT_PIXELS.outputs
    assert set(EXPLAIN.outputs) - set(PREDICT_PIXELS.outputs) == {HEATMAP}
    assert set(EXPLAIN.outputs) == {*OUTPUTS, CLASSES}
