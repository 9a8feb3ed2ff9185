"""The plain Keras way: `image_dataset_from_directory`, augmentation layers, a frozen MobileNetV2 and a head, `fit`.

`python keras_side.py <folder with train/ and validation/> <epochs> <stop at this macro-F1>`; a line of JSON per epoch.
The network, its starting weights, the optimiser, the class weights and the batch size are the trainer's.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from contracts.run import TrainSettings
from trainer.fit.head import DROPOUT, WEIGHT_DECAY, class_weights
from trainer.judge.metrics import confusion_of, macro_f1
from trainer.network.backbone import build_backbone
from trainer.network.tensorflow import keras, tf
from trainer.network.weights import find_weights
from trainer.settings import TrainerSettings

SIDE = (224, 224)


def main() -> None:
    folder, epochs, enough = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    settings = TrainSettings()
    train, validation = (
        keras.utils.image_dataset_from_directory(
            folder / split,
            image_size=SIDE,
            batch_size=settings.batch_size,
            shuffle=split == "train",
            seed=settings.seed,
            verbose=False,
        )
        for split in ("train", "validation")
    )
    classes = len(train.class_names)
    labels = np.concatenate([batch.numpy() for _, batch in validation])
    counts = [len(list((folder / "train" / name).iterdir())) for name in train.class_names]
    weights = class_weights(np.repeat(np.arange(classes), counts), classes)
    alter = keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal"),
            keras.layers.RandomRotation(12 / 360),
            keras.layers.RandomZoom((-0.10, 0.15)),
            keras.layers.RandomTranslation(0.06, 0.06),
            keras.layers.RandomContrast(0.15, value_range=(0, 255)),
            keras.layers.RandomBrightness(0.15, value_range=(0, 255)),
        ]
    )
    train = train.map(lambda x, y: (alter(x, training=True), y), num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)
    backbone = build_backbone(find_weights(TrainerSettings()).arrays)
    pixels = keras.Input((*SIDE, 3))
    embedding = keras.layers.GlobalAveragePooling2D()(backbone(pixels, training=False))
    model = keras.Model(pixels, keras.layers.Dense(classes)(keras.layers.Dropout(DROPOUT)(embedding)))
    model.compile(
        optimizer=keras.optimizers.AdamW(settings.learning_rate, weight_decay=WEIGHT_DECAY),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    began = time.monotonic()
    for epoch in range(epochs):
        model.fit(train, class_weight=dict(enumerate(weights)), epochs=1, verbose=0)
        top = model.predict(validation, verbose=0).argmax(axis=1)
        score = round(float(macro_f1(confusion_of(labels, top, classes))), 3)
        line = {"epoch": epoch + 1, "macro_f1": score, "training_s": round(time.monotonic() - began, 2)}
        print(json.dumps(line), flush=True)
        if score >= enough:
            return


if __name__ == "__main__":
    main()
