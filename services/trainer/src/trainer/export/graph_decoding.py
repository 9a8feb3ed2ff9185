"""The bytes of a photo → pixels inside a TensorFlow graph, as near to `imaging.read_pixels` as a graph can be.

It follows the same way (JPEG at a reduced DCT scale, transparency over white, antialiased resize), but knows
neither EXIF orientation nor colour profiles nor WebP: who has such photos sends pixels.
"""

from typing import Any

from imaging import INPUT_SIDE_PX
from trainer.network.tensorflow import tf

DCT_SCALES = (8, 4, 2, 1)
"""JPEG can be decoded at one of these fractions of its size at a fraction of the cost."""


def decode_photos(image_bytes: Any) -> Any:
    """Encoded JPEG or PNG, string [N] → uint8 [N, 224, 224, 3]."""
    pixels = tf.TensorSpec([INPUT_SIDE_PX, INPUT_SIDE_PX, 3], tf.uint8)
    return tf.map_fn(_decode_photo, image_bytes, fn_output_signature=pixels)


def _decode_photo(data: Any) -> Any:
    photo = tf.cond(tf.io.is_jpeg(data), lambda: _decode_jpeg(data), lambda: _decode_png(data))
    small = tf.image.resize(photo, [INPUT_SIDE_PX, INPUT_SIDE_PX], method="bilinear", antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(small), 0.0, 255.0), tf.uint8)


def _decode_jpeg(data: Any) -> Any:
    """Float32 [h, w, 3], at the smallest scale whose sides are still as long as the model's input."""
    shape = tf.image.extract_jpeg_shape(data)
    fits = tf.minimum(shape[0], shape[1]) // INPUT_SIDE_PX
    cases = [(fits >= scale, _decoder(data, scale)) for scale in DCT_SCALES[:-1]]
    return tf.cast(tf.case(cases, default=_decoder(data, 1)), tf.float32)


def _decoder(data: Any, scale: int) -> Any:
    return lambda: tf.io.decode_jpeg(data, channels=3, ratio=scale, dct_method="INTEGER_ACCURATE")


def _decode_png(data: Any) -> Any:
    """Float32 [h, w, 3], laid over white."""
    rgba = tf.cast(tf.io.decode_png(data, channels=4), tf.float32)
    alpha = rgba[..., 3:] / 255.0
    return rgba[..., :3] * alpha + 255.0 * (1.0 - alpha)
