"""What `/v1/datasets` answers."""

from pydantic import Field

from contracts.api.answer import Answer
from contracts.dataset import DatasetManifest, DatasetReport


class Dataset(Answer):
    """A dataset: what it is made of, and what a person asks before trusting it."""

    manifest: DatasetManifest
    report: DatasetReport | None = Field(description="Null in datasets that were made without one.")
