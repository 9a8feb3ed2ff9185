"""Ways to score how much a picture looks like the training images; what was measured when one was chosen."""

import numpy as np
import numpy.typing as npt

from trainer.fit.run_folder import TrainedHead
from trainer.judge.metrics import softmax
from trainer.network.support import class_prototypes, support, unit

Floats = npt.NDArray[np.float32]


def scores(head: TrainedHead, embeddings: Floats) -> dict[str, npt.NDArray[np.floating]]:
    """What each way gives N embeddings, [N, D]: method → [N], higher for what looks like the training images."""
    logits = embeddings @ head.kernel + head.bias
    highest = logits.max(axis=1)
    return {
        "nearest of eight prototypes a class": support(
            embeddings, class_prototypes(head.train_embeddings, head.train_labels)
        ),
        "nearest class mean": support(embeddings, head.prototypes),
        "nearest training image": support(embeddings, unit(head.train_embeddings)),
        "log-sum-exp of the logits": highest + np.log(np.exp(logits - highest[:, np.newaxis]).sum(axis=1)),
        "top probability": softmax(logits).max(axis=1),
    }
