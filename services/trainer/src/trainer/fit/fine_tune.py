"""The second phase: the top blocks and the head learn together from the cached maps at the cut.

What lies below the cut is never computed again. Batch normalisation stays in inference mode: a few hundred images are
too few to know better means than ImageNet gave. Trains on the CPU as it is, on one GPU with 16-bit arithmetic and XLA,
on several with a copy on each. No machine with a GPU has run this yet: what is tested is that the choice is made, and
that a training over several (logical CPU) devices gives what one gives.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.run import TrainSettings
from contracts.steps import say
from trainer.fit.checkpoints import State
from trainer.fit.head import BIAS, DROPOUT, KERNEL, WEIGHT_DECAY, class_weights
from trainer.network.backbone import build_backbone, top_blocks
from trainer.network.features import CHUNK, Features, Floats, Rows
from trainer.network.tensorflow import keras, tf
from trainer.network.weights import Weights

BATCH = 32
"""Smaller than the head's: these steps are few and dear."""


@contextmanager
def training_scope(*, deterministic: bool, seed: int) -> Iterator[bool]:
    """Build and compile models in here; yields whether XLA should compile them. `deterministic` means to the bit."""
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


class FineTuning:
    """Learns top blocks and dense layer; each image is seen once an epoch, as itself or as one of its copies."""

    name = "fine-tuning"

    def __init__(
        self,
        train: Features,
        validation: Features,
        head: State,
        weights: Weights,
        settings: TrainSettings,
        *,
        xla: bool,
    ) -> None:
        """Begin with the first phase's head and features with maps, which `weights` made; within `training_scope`."""
        self.epochs = settings.fine_tune_epochs
        self._train, self._validation, self._settings = train, validation, settings
        self.backbone = build_backbone(weights.arrays, settings.seed, architecture=settings.architecture)
        self._top = top_blocks(self.backbone, settings.architecture)
        for layer in self._top.layers:
            layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
        classes = len(head[BIAS])
        self._weights = class_weights(train.labels, classes).astype(np.float32)
        self._dropout = keras.layers.Dropout(DROPOUT, seed=settings.seed)
        embedding = keras.layers.GlobalAveragePooling2D(dtype="float32")(self._top.output)
        dense = keras.layers.Dense(classes, name="head", dtype="float32")
        self._model = keras.Model(self._top.inputs, dense(self._dropout(embedding)))
        dense.set_weights([head[KERNEL], head[BIAS]])
        self._dense = dense
        self._model.compile(
            optimizer=keras.optimizers.AdamW(settings.fine_tune_learning_rate, weight_decay=WEIGHT_DECAY),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=xla,
        )
        self._model.optimizer.build(self._model.trainable_variables)
        self._embed = tf.function(lambda maps: keras.ops.mean(self._top(maps, training=False), axis=(1, 2)))

    def train_epoch(self, epoch: int) -> float:
        rng = np.random.default_rng([self._settings.seed, epoch])
        images = rng.permutation(len(self._train.labels))
        rows = images * self._train.copies + rng.integers(self._train.copies, size=len(images))
        self._dropout.seed_generator.state.assign(np.array([self._settings.seed % 2**31, epoch * len(rows)], np.int64))
        history = self._model.fit(_Batches(self._train, rows, self._weights), epochs=1, shuffle=False, verbose=0)
        return float(history.history["loss"][-1])

    def validation_logits(self) -> Floats:
        kernel, bias = (np.asarray(values) for values in self._dense.get_weights())
        logits: Floats = self._embeddings(self._validation, range(self._validation.rows.count)) @ kernel + bias
        return logits

    def weights(self) -> State:
        """`kernel`, `bias` and, under their place in the network, the top blocks' weights."""
        kernel, bias = self._dense.get_weights()
        learnt = self._top.trainable_variables
        return {KERNEL: kernel, BIAS: bias} | {f"top/{n:03d}": np.asarray(v.numpy()) for n, v in enumerate(learnt)}

    def state(self) -> State:
        optimiser = self._model.optimizer.variables
        return {**self.weights(), **{f"optimiser/{n:03d}": np.asarray(v.numpy()) for n, v in enumerate(optimiser)}}

    def restore(self, state: State) -> None:
        """Go on from what `state` or `weights` gave."""
        self._dense.set_weights([state[KERNEL], state[BIAS]])
        for kind, variables in (("top", self._top.trainable_variables), ("optimiser", self._model.optimizer.variables)):
            for number, variable in enumerate(variables):
                if f"{kind}/{number:03d}" in state:
                    variable.assign(state[f"{kind}/{number:03d}"])

    def tuned(self, features: Features, path: Path) -> Features:
        """The same images as the tuned network embeds them, without maps; rows go to the file `path`."""
        rows = Rows(path, features.rows.count, features.width)
        for start in range(0, rows.count, CHUNK):
            indices = range(start, min(start + CHUNK, rows.count))
            rows.write(start, self._embeddings(features, indices).astype(np.float16))
        return Features(rows, features.labels, features.copies, features.width)

    def _embeddings(self, features: Features, rows: range) -> Floats:
        chunks = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
        return np.concatenate([np.asarray(self._embed(tf.constant(features.maps(chunk)))) for chunk in chunks])


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Maps, labels and weights of rows in the order given; the last batch is filled up with the first rows."""

    def __init__(self, features: Features, rows: npt.NDArray[np.int64], weights: Floats) -> None:
        super().__init__()
        self._features, self._weights = features, weights
        self._batches = np.resize(rows, (-(-len(rows) // BATCH), BATCH))

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, number: int) -> tuple[Any, ...]:
        rows = self._batches[number]
        labels = self._features.labels[rows // self._features.copies]
        return self._features.maps(rows), labels, self._weights[labels]
