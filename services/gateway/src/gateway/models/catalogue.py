"""The models in the store: their versions, their channels, how they were judged, and who serves which.

What has no manifest doesn't exist. Only reads; `promotion` moves channels.
"""

import asyncio

from contracts import keys
from contracts.api.models import (
    Channel,
    ChannelMove,
    ModelDetail,
    ModelSummary,
    Replica,
    UnreadableVersion,
    VersionDetail,
    VersionSummary,
)
from contracts.models.channels import Channels
from contracts.models.replica import ReplicaStatus
from contracts.models.version import CARD_FILE, DESCRIPTION_FILE, ModelDescription, VersionManifest
from contracts.run import Evaluation
from gateway.http.errors import DamagedObjectError, NotFoundError
from gateway.store.storage import Storage
from objectstore import ObjectNotFoundError


class Models:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def all(self) -> list[ModelSummary]:
        """Every model that has a version or channels."""
        names = await self._storage.folders(keys.models())
        return list(await asyncio.gather(*(self._summary(name) for name in names)))

    async def model(self, name: str, *, limit: int) -> ModelDetail:
        """One model, with its newest `limit` versions."""
        numbers, channels = await asyncio.gather(self._numbers(name), self._channels(name))
        if not numbers and channels is None:
            advice = "GET /v1/models lists all."
            raise NotFoundError(f"There is no model {name!r}.", advice=advice, reason="unknown_model")
        channels = channels or Channels()
        replicas = asyncio.ensure_future(self._replicas(name))
        found = await asyncio.gather(*(self._version_or_why(name, number, channels) for number in numbers[:limit]))
        return ModelDetail(
            name=name,
            production=channels.production,
            candidate=channels.candidate,
            previous=channels.previous,
            earlier=channels.earlier()[::-1],
            history=tuple(ChannelMove.model_validate(move, from_attributes=True) for move in channels.history[::-1]),
            versions=tuple(entry for entry in found if isinstance(entry, VersionSummary)),
            total=len(numbers),
            unreadable=tuple(entry for entry in found if isinstance(entry, UnreadableVersion)),
            replicas=await replicas,
        )

    async def version(self, name: str, number: int) -> VersionDetail:
        manifest, description = await self._read_version(name, number)
        channels, evaluation = await asyncio.gather(self._channels(name), self._evaluation(description))
        told = dict(description) | dict(_summary(manifest, description, evaluation, channels or Channels()))
        return VersionDetail.model_validate(
            {
                **told,
                "checks": evaluation.checks if evaluation else (),
                "files": manifest.files,
                "bytes": sum(file.size for file in manifest.files),
            }
        )

    async def evaluation(self, name: str, number: int) -> bytes:
        """`evaluation.json`, as it lies in the store."""
        _, description = await self._read_version(name, number)
        return await self._file(keys.evaluation(description.run_id), name, number, "evaluation")

    async def report(self, name: str, number: int) -> bytes:
        _, description = await self._read_version(name, number)
        return await self._file(keys.run_report(description.run_id), name, number, "report")

    async def card(self, name: str, number: int) -> bytes:
        """The model card, in Markdown."""
        await self._read_version(name, number)
        return await self._file(f"{keys.version(name, number)}/{CARD_FILE}", name, number, "model card")

    async def description(self, name: str, number: int) -> ModelDescription:
        return (await self._read_version(name, number))[1]

    async def production(self, name: str) -> int | None:
        channels = await self._channels(name)
        return None if channels is None else channels.production

    async def _summary(self, name: str) -> ModelSummary:
        numbers, channels = await asyncio.gather(self._numbers(name), self._channels(name))
        named = channels or Channels()
        return ModelSummary(
            name=name,
            production=named.production,
            candidate=named.candidate,
            previous=named.previous,
            versions=len(numbers),
        )

    async def _numbers(self, name: str) -> list[int]:
        """Newest first; a number that was claimed and never published is left out later."""
        folders = await self._storage.folders(keys.versions(name))
        numbers = sorted((int(folder) for folder in folders if folder.isdecimal()), reverse=True)
        published = await asyncio.gather(*(self._is_published(name, number) for number in numbers))
        return [number for number, there in zip(numbers, published, strict=True) if there]

    async def _is_published(self, name: str, number: int) -> bool:
        """Whether there is a manifest, damaged or not."""
        try:
            await self._storage.read_published(keys.manifest(keys.version(name, number)), VersionManifest)
        except ObjectNotFoundError:
            return False
        except DamagedObjectError:
            pass
        return True

    async def _channels(self, name: str) -> Channels | None:
        return await self._storage.find(keys.channels(name), Channels)

    async def _read_version(self, name: str, number: int) -> tuple[VersionManifest, ModelDescription]:
        folder = keys.version(name, number)
        try:
            manifest = await self._storage.read_published(keys.manifest(folder), VersionManifest)
        except ObjectNotFoundError as error:
            msg, advice = (
                f"Version {number} of {name!r} was never published.",
                f"GET /v1/models/{name} lists its versions.",
            )
            raise NotFoundError(msg, advice=advice, reason="unknown_version") from error
        try:
            description = await self._storage.read_published(f"{folder}/{DESCRIPTION_FILE}", ModelDescription)
        except ObjectNotFoundError as error:
            raise DamagedObjectError(f"Version {number} of {name} has lost its {DESCRIPTION_FILE}.") from error
        return manifest, description

    async def _version_or_why(self, name: str, number: int, channels: Channels) -> VersionSummary | UnreadableVersion:
        try:
            manifest, description = await self._read_version(name, number)
            evaluation = await self._evaluation(description)
        except DamagedObjectError as error:
            return UnreadableVersion(version=number, reason=error.detail)
        return _summary(manifest, description, evaluation, channels)

    async def _evaluation(self, description: ModelDescription) -> Evaluation | None:
        """The judgement of a version; a run that was judged again may have one of another version."""
        found = await self._storage.find(keys.evaluation(description.run_id), Evaluation)
        return found if found is not None and found.version == description.version else None

    async def _file(self, key: str, name: str, number: int, what: str) -> bytes:
        try:
            return (await self._storage.get(key)).body
        except ObjectNotFoundError as error:
            msg = f"Version {number} of {name} has no {what}."
            raise NotFoundError(msg, advice="It was published without one.", reason="not_in_version") from error

    async def _replicas(self, name: str) -> tuple[Replica, ...]:
        found = await asyncio.gather(*map(self._replica, await self._storage.folders(keys.replicas())))
        mine = (status for status in found if status is not None and status.model == name)
        return tuple(Replica.model_validate(status, from_attributes=True) for status in mine)

    async def _replica(self, replica: str) -> ReplicaStatus | None:
        try:
            return await self._storage.find(keys.replica_status(replica), ReplicaStatus)
        except DamagedObjectError:
            return None


def _summary(
    manifest: VersionManifest, description: ModelDescription, evaluation: Evaluation | None, channels: Channels
) -> VersionSummary:
    metrics, version = description.metrics, description.version
    names: tuple[Channel, ...] = ("production", "candidate", "previous")
    return VersionSummary(
        version=version,
        channels=tuple(name for name in names if getattr(channels, name) == version),
        created_at=manifest.created_at,
        trained_at=description.trained_at,
        synthetic=description.synthetic,
        macro_f1=metrics.macro_f1,
        accuracy=metrics.accuracy,
        expected_calibration_error=metrics.expected_calibration_error,
        test_images=metrics.test_images,
        dataset_id=description.dataset_id,
        run_id=description.run_id,
        verdict="unjudged" if evaluation is None else "accepted" if evaluation.accepted else "rejected",
        reasons=evaluation.failures if evaluation else (),
    )
