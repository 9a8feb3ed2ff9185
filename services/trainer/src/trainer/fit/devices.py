"""What TensorFlow trains on: the CPU as it is; one GPU with 16-bit arithmetic and XLA; several with a copy on each.

No machine with a GPU has run this yet. What can be tested without one is: that the choice is made, and that a training
over several (logical CPU) devices gives what one gives.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from contracts.steps import say
from trainer.network.tensorflow import keras, tf


@contextmanager
def training_scope(*, deterministic: bool, seed: int) -> Iterator[bool]:
    """Build and compile models in here; yields whether XLA should compile them.

    Args:
        deterministic: allow only operations whose results are the same to the bit.
        seed: of what TensorFlow draws by itself.
    """
    keras.utils.set_random_seed(seed)
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    gpus = tf.config.list_logical_devices("GPU")
    policy = keras.config.dtype_policy()
    if gpus:
        say(f"training on {len(gpus)} GPU(s) with 16-bit arithmetic")
        keras.config.set_dtype_policy("mixed_float16")
    try:
        with scope([device.name for device in gpus]):
            # Keras compiles a step either for XLA or for several devices
            yield len(gpus) == 1
    finally:
        keras.config.set_dtype_policy(policy)


def scope(devices: list[str]) -> "nullcontext[None]":
    """A copy of each variable on each of several devices; nothing special on one or none."""
    copies: nullcontext[None] = tf.distribute.MirroredStrategy(devices).scope() if len(devices) > 1 else nullcontext()
    return copies
