"""Everything that can go wrong in a step of the trainer.

StepError (contracts)
└── TrainerError                  try again
    ├── UnusableDataError         the images don't make a dataset; exit 2
    ├── WeightsUnavailableError   no source of the starting weights answered
    └── WrongWeightsError         they aren't the ones that were asked for; exit 2
"""

from contracts.steps import InvalidInputError, StepError


class TrainerError(StepError):
    """The root of this service's errors."""


class UnusableDataError(TrainerError, InvalidInputError):
    """The images don't make a dataset; the message says which rule they break."""


class WeightsUnavailableError(TrainerError):
    """No source of the starting weights could be reached; the message names each one that was tried."""


class WrongWeightsError(TrainerError, InvalidInputError):
    """A file isn't the weights it should be."""
