"""What a run of the training pipeline can be given; Airflow's form and API refuse what doesn't fit."""

from airflow.sdk import Param

from include.settings import PipelineSettings

SOURCES = {
    "sample": "sample: the synthetic atlas",
    "folder": "folder: images of your own",
    "urls": "urls: a list of addresses of your own",
    "scin": "scin: Google's SCIN",
    "dermnet": "dermnet: dermnet.com, off until you state your right to it",
}
"""What the form says of each."""
ARCHITECTURES = ("MobileNetV2", "MobileNetV1", "MobileNetV3Small", "MobileNetV3Large")
"""The first one is the trainer's own choice."""


def training_params(settings: PipelineSettings) -> dict[str, Param]:
    """The params, made anew for each DAG: a run's values are written into them.

    Args:
        settings: say what runs get that start by themselves.
    """
    return {
        "source": Param(
            settings.source,
            type="string",
            enum=list(SOURCES),
            values_display=dict(SOURCES),
            title="Source",
            description="Where images come from. What dermnet and scin ask of you stands in docs/data-sources.md.",
        ),
        "folder": Param(
            settings.folder,
            type=["null", "string"],
            pattern="^/",
            title="Folder",
            description="For the source folder: the absolute path of a folder that holds one folder of images per"
            " class, or of a .csv or .parquet file with the columns path and label. Containers see it under /photos.",
        ),
        "urls": Param(
            settings.urls,
            type=["null", "string"],
            pattern=r"^(/|s3://|https?://).*\.(csv|parquet)$",
            title="List of addresses",
            description="For the source urls: a .csv or .parquet file with the columns url and label.",
        ),
        "classes": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
            minItems=2,
            uniqueItems=True,
            title="Classes",
            description="Train on these classes alone, by their short names in the taxonomy, one a line; empty: all.",
        ),
        "architecture": Param(
            ARCHITECTURES[0],
            type="string",
            enum=list(ARCHITECTURES),
            title="Network",
            description="Which network to train; the larger ones take longer and answer more slowly.",
        ),
        "epochs": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=1000,
            title="Epochs",
            description="How many passes over the training images at most; empty: the trainer's own choice.",
        ),
        "fine_tune_epochs": Param(
            None,
            type=["null", "integer"],
            minimum=0,
            maximum=1000,
            title="Fine-tuning epochs",
            description="How many further passes train the network itself and not its last layer alone; 0: none; empty:"
            " the trainer's own choice. On a CPU one takes minutes.",
        ),
        "seed": Param(
            0,
            type="integer",
            minimum=0,
            maximum=2**31 - 1,
            title="Seed",
            description="Decides the split and the training's randomness; same images, same seed, same dataset.",
        ),
        "force": Param(
            default=False,
            type="boolean",
            title="Train again",
            description="Train even if this dataset was trained on and judged before.",
        ),
        "margin": Param(
            None,
            type=["null", "number"],
            minimum=0,
            maximum=1,
            title="Gate's margin",
            description="How much worse than the version in production, in macro-F1, a candidate may be and still take"
            " its place; empty: the gate's own choice.",
        ),
    }
