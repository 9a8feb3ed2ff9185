"""Moves a model's channels at an admin's word, by the rules of `contracts.models.promotion`."""

from collections.abc import Callable

from contracts.api.models import ModelChannels
from contracts.models.promotion import PromotionRefusedError, Refusal
from gateway.http.errors import ConflictError, GatewayError, InvalidParametersError, NotFoundError
from gateway.store.storage import Storage
from objectstore import ObjectStore, PreconditionFailedError
from objectstore.channels import Change, promote_version, reject_version, roll_back

_ERRORS: dict[Refusal, type[GatewayError]] = {
    Refusal.UNKNOWN_MODEL: NotFoundError,
    Refusal.UNKNOWN_VERSION: NotFoundError,
    Refusal.NO_REASON: InvalidParametersError,
}
"""What isn't here is a conflict with how things stand."""


class Promotion:
    """Puts versions into production and takes them back; a move that was made already changes nothing."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def promote(self, model: str, version: int, reason: str) -> ModelChannels:
        return await self._move(model, version, lambda store: promote_version(store, model, version, reason))

    async def reject(self, model: str, version: int, reason: str) -> ModelChannels:
        return await self._move(model, version, lambda store: reject_version(store, model, version, reason))

    async def roll_back(self, model: str, to: int | None, reason: str) -> ModelChannels:
        """An earlier version takes over production again, the last one if `to` is None."""
        return await self._move(model, to, lambda store: roll_back(store, model, to, reason))

    async def _move(self, model: str, version: int | None, move: Callable[[ObjectStore], Change]) -> ModelChannels:
        try:
            before, after = await self._storage.call(move)
        except PromotionRefusedError as refusal:
            kind, advice = _ERRORS.get(refusal.reason, ConflictError), _sentence(refusal.advice)
            raise kind(_sentence(refusal.detail), advice=advice, reason=refusal.reason.value) from refusal
        except PreconditionFailedError as error:
            advice = "Look at the model, and try again."
            raise ConflictError("Others keep changing this model's channels.", advice=advice) from error
        return ModelChannels(
            name=model,
            production=after.production,
            candidate=after.candidate,
            previous=after.previous,
            version=version or after.production or 0,
            changed=after != before,
        )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
