"""What a run of the training pipeline can be given; Airflow's form and API refuse what doesn't fit."""

from airflow.sdk import Param


def training_params() -> dict[str, Param]:
    """The params, made anew for each DAG: a run's values are written into them."""
    return {
        "source": Param(
            "sample",
            type="string",
            enum=["sample", "folder"],
            title="Source",
            description="Where images come from: the synthetic sample atlas, or a folder of class folders of your own.",
        ),
        "folder": Param(
            None,
            type=["null", "string"],
            pattern="^/",
            title="Folder",
            description="For source `folder`: the absolute path of a folder that holds one folder of images per class.",
        ),
        "seed": Param(
            0,
            type="integer",
            minimum=0,
            maximum=2**31 - 1,
            title="Seed",
            description="Decides the split and the training's randomness; same images, same seed, same dataset.",
        ),
        "epochs": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=1000,
            title="Epochs",
            description="How many passes over the training images at most; empty: the trainer's own choice.",
        ),
        "force": Param(
            default=False,
            type="boolean",
            title="Train again",
            description="Train even if this dataset was trained on and judged before.",
        ),
    }
