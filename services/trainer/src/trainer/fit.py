"""Training proper: a dataset and starting weights in, a run's files out.

Read on in `features` (what the frozen backbone sees, computed once) and `head` (what is trained on it).
"""

from pathlib import Path

import numpy as np

from contracts.dataset import DatasetManifest, Split
from contracts.run import TrainSettings
from contracts.steps import say
from objectstore import ObjectStore
from trainer.backbone import arrays_of, build_backbone
from trainer.features import embed
from trainer.head import train_head
from trainer.items import load_items
from trainer.run_folder import HISTORY_FILE, KEPT_TRAIN_IMAGES, TrainedHead, write_run
from trainer.support import prototypes
from trainer.weights import Weights


def fit(store: ObjectStore, dataset: DatasetManifest, settings: TrainSettings, weights: Weights, folder: Path) -> float:
    """Train a head on the frozen backbone and write the run's files into `folder`.

    Returns:
        The validation macro-F1.

    Raises:
        WrongWeightsError: if the weights don't fit the backbone.
        StoreError: if an image is missing or damaged.
    """
    classes = [each.name for each in dataset.classes]
    backbone = build_backbone(weights.arrays, settings.seed, architecture=settings.architecture)
    features = embed(
        store,
        load_items(store, dataset),
        classes,
        backbone,
        altered_copies=settings.augmentations,
        seed=settings.seed,
    )
    head = train_head(features, classes, settings, folder / HISTORY_FILE)
    say(f"best validation macro-F1: {head.validation_macro_f1:.3f}")
    train, validation = features[Split.TRAIN], features[Split.VALIDATION]
    drawn = np.random.default_rng(settings.seed).permutation(len(train.labels))[:KEPT_TRAIN_IMAGES]
    kept = TrainedHead(
        kernel=head.kernel,
        bias=head.bias,
        prototypes=prototypes(train, len(classes)),
        validation_embeddings=validation.unaltered,
        validation_labels=validation.labels,
        train_embeddings=train.unaltered[drawn],
        train_labels=train.labels[drawn],
    )
    write_run(folder, arrays_of(backbone), kept)
    return head.validation_macro_f1
