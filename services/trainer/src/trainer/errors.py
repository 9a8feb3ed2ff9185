"""Everything that can go wrong in a step of the trainer.

StepError (contracts)
└── TrainerError                  try again
    ├── UnusableDataError         the images don't make a dataset; exit 2
    │   └── BlockedDatasetError   a check forbids it, unless the operator accepts that it fails
    ├── WeightsUnavailableError   no source of the starting weights answered
    └── WrongWeightsError         they aren't the ones that were asked for; exit 2
"""

from collections.abc import Sequence

from contracts.dataset import DatasetCheck
from contracts.steps import InvalidInputError, StepError


class TrainerError(StepError):
    """The root of this service's errors."""


class UnusableDataError(TrainerError, InvalidInputError):
    """The images don't make a dataset; the message says which rule they break."""


class BlockedDatasetError(UnusableDataError):
    """Checks that forbid to publish a dataset; the message names its report and how each can be accepted."""

    def __init__(self, checks: Sequence[DatasetCheck], report: str) -> None:
        reasons = "; ".join(check.message for check in checks)
        names = ",".join(check.name for check in checks)
        super().__init__(
            f"{reasons}. Look at {report}; if it is as it should be, prepare again with --accept {names} "
            f"or ACNEFLOW_PREPARE_ACCEPT={names}"
        )
        self.checks = tuple(checks)


class WeightsUnavailableError(TrainerError):
    """No source of the starting weights could be reached; the message names each one that was tried."""


class WrongWeightsError(TrainerError, InvalidInputError):
    """A file isn't the weights it should be."""
