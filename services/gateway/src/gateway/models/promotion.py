"""Moves a model's channels at an admin's word, by the rules that the pipeline's own steps obey.

The moves themselves are `contracts.channels`; here stands when they are allowed. Every write is a conditional put, so
that nobody's word is lost: whoever loses the race reads again and decides again.
"""

from collections.abc import Callable

from contracts import keys
from contracts.api.models import ModelChannels
from contracts.channels import Channels
from contracts.model import VersionManifest
from contracts.run import Evaluation
from gateway.http.errors import ConflictError, NotFoundError
from gateway.models.catalogue import Models
from gateway.store.storage import Storage
from objectstore import ObjectNotFoundError, ObjectStore, PreconditionFailedError

ATTEMPTS = 5
"""Each lost race means that somebody else's change went through."""

Change = Callable[[Channels], Channels]


class Promotion:
    """Puts versions into production and takes them back."""

    def __init__(self, storage: Storage, models: Models) -> None:
        self._storage = storage
        self._models = models

    async def promote(self, model: str, version: int, reason: str) -> ModelChannels:
        """An accepted version takes over production; done already, it changes nothing.

        Raises:
            NotFoundError: if it was never published.
            ConflictError: if the gate rejected it, never judged it, or held it against something else.
        """
        description = await self._models.description(model, version)
        try:
            evaluation = await self._storage.read(keys.evaluation(description.run_id), Evaluation)
        except ObjectNotFoundError as error:
            msg = f"Version {version} was never judged."
            raise ConflictError(msg, advice="Start a training run, which judges what it trains.") from error
        return await self._change(model, version, lambda channels: promoted(channels, version, evaluation, reason))

    async def reject(self, model: str, version: int, reason: str) -> ModelChannels:
        """A version is no candidate any more; done already, it changes nothing.

        Raises:
            NotFoundError: if it was never published.
            ConflictError: if it is in production.
        """
        await self._models.description(model, version)
        return await self._change(model, version, lambda channels: rejected(channels, version, reason))

    async def roll_back(self, model: str, to: int | None, reason: str) -> ModelChannels:
        """An earlier version takes over production again, the last one if `to` is None.

        Raises:
            NotFoundError: if there is no such model.
            ConflictError: if there is nothing to go back to, or `to` was never in production.
        """
        key = keys.channels(model)
        try:
            before = await self._storage.read(key, Channels)
        except ObjectNotFoundError as error:
            msg = f"There is no model {model!r}."
            raise NotFoundError(msg, advice="GET /v1/models lists all.", reason="unknown_model") from error
        # decided once: whoever lost a race must not go back a second time
        target = rolled_back(before, to, reason).production
        if target is None or not await self._is_published(model, target):
            msg = f"Version {target} isn't in the store any more."
            raise ConflictError(msg, advice="Name another version in 'to', or start a training run.")

        def back(channels: Channels) -> Channels:
            if channels.production == target and channels.history != before.history:
                return channels
            return rolled_back(channels, target, reason)

        return await self._change(model, target, back)

    async def _change(self, model: str, version: int, change: Change) -> ModelChannels:
        for _ in range(ATTEMPTS):
            try:
                before, after = await self._storage.call(_change_once, model, change)
            except PreconditionFailedError:
                continue
            return ModelChannels(
                name=model,
                production=after.production,
                candidate=after.candidate,
                previous=after.previous,
                version=version,
                changed=after != before,
            )
        raise ConflictError("Others keep changing this model's channels.", advice="Look at the model, and try again.")

    async def _is_published(self, model: str, version: int) -> bool:
        try:
            await self._storage.read_published(keys.manifest(keys.version(model, version)), VersionManifest)
        except ObjectNotFoundError:
            return False
        return True


def promoted(channels: Channels, version: int, evaluation: Evaluation, reason: str) -> Channels:
    """The channels with `version` in production.

    Raises:
        ConflictError: if its evaluation doesn't allow that.
    """
    if channels.production == version:
        return channels
    if evaluation.version != version:
        msg = f"Version {version}'s run was judged again, as version {evaluation.version}."
        raise ConflictError(msg, advice=f"Promote version {evaluation.version}, or train again.")
    if not evaluation.accepted:
        why = "; ".join(check.message for check in evaluation.checks if not check.passed)
        raise ConflictError(
            f"The gate rejected version {version}: {why}.",
            advice="Train again, with other data or settings; a run can be given a wider 'margin'.",
            reason="gate_rejected",
        )
    if channels.production != evaluation.production_version:
        held = "nothing" if evaluation.production_version is None else f"version {evaluation.production_version}"
        now = "nothing" if channels.production is None else f"version {channels.production}"
        raise ConflictError(
            f"Version {version} was held against {held}, but {now} is in production now.",
            advice="Train again, or roll back if it was in production before.",
            reason="held_against_another",
        )
    return channels.promoted(version, reason)


def rejected(channels: Channels, version: int, reason: str) -> Channels:
    """The channels without `version` as the candidate.

    Raises:
        ConflictError: if it is in production.
    """
    last = next((move for move in reversed(channels.history) if move.version == version), None)
    if last is not None and last.action == "reject" and channels.candidate != version:
        return channels
    try:
        return channels.rejected(version, reason)
    except ValueError as error:
        raise ConflictError(
            f"Version {version} is in production.", advice="Roll back instead.", reason="in_production"
        ) from error


def rolled_back(channels: Channels, to: int | None, reason: str) -> Channels:
    """The channels with an earlier version in production.

    Raises:
        ConflictError: if there is none to go back to, or `to` isn't one.
    """
    earlier = channels.earlier()
    if channels.production is None:
        msg = "Nothing is in production."
        raise ConflictError(msg, advice="Promote a version, or start a training run.", reason="nothing_in_production")
    if not earlier:
        msg = f"Version {channels.production} is the first in production."
        raise ConflictError(msg, advice="There is nothing to go back to; train again.", reason="nothing_earlier")
    if to is not None and to not in earlier:
        known = ", ".join(map(str, reversed(earlier)))
        msg = f"Version {to} is not one that production can go back to."
        raise ConflictError(msg, advice=f"Name one of {known} in 'to', or promote it.", reason="never_in_production")
    return channels.rolled_back(reason, to)


def _change_once(store: ObjectStore, model: str, change: Change) -> tuple[Channels, Channels]:
    key = keys.channels(model)
    try:
        found = store.get(key)
    except ObjectNotFoundError:
        before, etag = Channels(), None
    else:
        before, etag = Channels.from_json(found.body, origin=store.uri(key)), found.etag
    after = change(before)
    if after != before:
        store.put(key, after.to_json(), content_type="application/json", if_match=etag, if_absent=etag is None)
    return before, after
