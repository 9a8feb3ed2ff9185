"""Training proper: a dataset and starting weights in, a run's files out.

Read on in `features` (what the frozen part sees, computed once), `phase` (how training goes), `head` and `fine_tune`.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from contracts.dataset import DatasetManifest, Split
from contracts.run import TrainSettings
from contracts.steps import say
from objectstore import ObjectStore
from trainer.data.datasets import load_items
from trainer.fit.checkpoints import Checkpoints
from trainer.fit.epochs import run_phase
from trainer.fit.head import BIAS, KERNEL, HeadPhase
from trainer.fit.journal import Journal, Listener
from trainer.fit.run_folder import KEPT_TRAIN_IMAGES, TrainedHead, write_run
from trainer.network.features import FeatureSource
from trainer.network.support import unit
from trainer.network.weights import Arrays, Weights
from trainer.settings import TrainerSettings


def fit(
    store: ObjectStore,
    dataset: DatasetManifest,
    settings: TrainSettings,
    weights: Weights,
    folder: Path,
    *,
    checkpoints: Checkpoints,
    environment: TrainerSettings,
    listeners: Sequence[Listener] = (),
) -> float:
    """Train, or go on after an interruption, and write the run's files into `folder`; the validation macro-F1."""
    classes = [each.name for each in dataset.classes]
    items = load_items(store, dataset)
    source = FeatureSource(store, settings, weights, environment)
    with TemporaryDirectory() as scratch:
        train, validation = (
            source.features([i for i in items if i.split is split], classes, copies, Path(scratch) / split.value)
            for split, copies in ((Split.TRAIN, settings.augmentations), (Split.VALIDATION, 0))
        )
        standing = checkpoints.load()
        if standing is not None:
            say(f"going on after epoch {standing.epoch} of {standing.phase}")
        journal = Journal(folder, listeners, standing.epochs if standing is not None else ())
        if standing is None or standing.phase == HeadPhase.name:
            phase = HeadPhase(train, validation, classes, settings)
            standing = run_phase(phase, validation.labels, journal, checkpoints, standing)
        if settings.fine_tune_epochs:
            say("loading TensorFlow")
            # it takes seconds, and a training of the head alone doesn't need it
            from trainer.fit.fine_tune import FineTuning, training_scope  # noqa: PLC0415
            from trainer.network.backbone import arrays_of  # noqa: PLC0415

            with training_scope(deterministic=settings.deterministic, seed=settings.seed) as xla:
                tuning = FineTuning(train, validation, standing.best, weights, settings, xla=xla)
                standing = run_phase(tuning, validation.labels, journal, checkpoints, standing)
                tuning.restore(standing.best)
                train = tuning.tuned(train, Path(scratch) / "tuned-train")
                validation = tuning.tuned(validation, Path(scratch) / "tuned-validation")
                backbone: Arrays = arrays_of(tuning.backbone)
        else:
            backbone = _untuned_backbone(weights, settings)
        journal.close()
        drawn = np.sort(np.random.default_rng(settings.seed).permutation(len(train.labels))[:KEPT_TRAIN_IMAGES])
        head = TrainedHead(
            kernel=standing.best[KERNEL],
            bias=standing.best[BIAS],
            prototypes=unit(train.class_means(len(classes))),
            validation_embeddings=validation.unaltered,
            validation_labels=validation.labels,
            train_embeddings=train.embeddings(drawn * train.copies),
            train_labels=train.labels[drawn],
        )
        write_run(folder, backbone, head)
    score = standing.best_rank[0]
    say(f"best validation macro-F1: {score:.3f}")
    return score


def _untuned_backbone(weights: Weights, settings: TrainSettings) -> Arrays:
    if weights.arrays is not None:
        return weights.arrays
    from trainer.network.backbone import arrays_of, build_backbone  # noqa: PLC0415

    return arrays_of(build_backbone(None, settings.seed, architecture=settings.architecture))
