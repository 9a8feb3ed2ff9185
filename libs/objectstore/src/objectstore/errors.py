"""What can go wrong with the store. Each message names the object."""

from contracts.steps import StepError


class StoreError(StepError):
    """The root."""


class ObjectNotFoundError(StoreError): ...


class PreconditionFailedError(StoreError):
    """Somebody else wrote first; read again and decide again."""


class IntegrityError(StoreError):
    """An object's content isn't what its manifest says."""


class StoreUnavailableError(StoreError):
    """The store can't be reached or refuses us."""
