"""The datasets in the store: what went into them, and their pictures at a size for looking at."""

import asyncio
from io import BytesIO

from contracts import keys
from contracts.api.datasets import Dataset
from contracts.dataset import REPORT_FILE, REPORT_PAGE_FILE, DatasetManifest, DatasetReport
from gateway.http.errors import GatewayError, NotFoundError
from gateway.models.catalogue import Models
from gateway.store.storage import Storage
from imaging import ImageRefusedError, upright_rgb
from imaging.formats import STORED_AS
from objectstore import ObjectNotFoundError, ObjectStore

CURRENT = "current"
"""Stands for the dataset that the version in production was trained on; before there is one, for the newest."""
THUMBNAIL_SIDE_PX = 256
THUMBNAIL_QUALITY = 85


class Datasets:
    def __init__(self, storage: Storage, models: Models, model: str) -> None:
        self._storage = storage
        self._models = models
        self._model = model

    async def dataset(self, dataset_id: str) -> Dataset:
        manifest = await self._manifest(dataset_id)
        report = await self._storage.find(f"{keys.dataset(manifest.dataset_id)}/{REPORT_FILE}", DatasetReport)
        return Dataset(manifest=manifest, report=report)

    async def report(self, dataset_id: str) -> bytes:
        manifest = await self._manifest(dataset_id)
        try:
            return (await self._storage.get(f"{keys.dataset(manifest.dataset_id)}/{REPORT_PAGE_FILE}")).body
        except ObjectNotFoundError as error:
            msg = f"Dataset {manifest.dataset_id} has no report."
            raise NotFoundError(msg, advice="It was made without one.", reason="not_in_dataset") from error

    async def thumbnail(self, dataset_id: str, sha256: str) -> bytes:
        """A picture that a dataset holds or left out, as a JPEG of at most 256 px a side, upright and without EXIF."""
        await self._manifest(dataset_id)
        try:
            return await self._storage.call(_thumbnail, sha256)
        except ObjectNotFoundError as error:
            msg = f"There is no picture {sha256}."
            raise NotFoundError(msg, advice="The dataset's manifest lists them.", reason="unknown_image") from error
        except ImageRefusedError as error:
            msg = f"The picture {sha256} can't be decoded."
            raise NotFoundError(msg, advice="Scrape its source again.", reason="image_damaged") from error

    async def _manifest(self, dataset_id: str) -> DatasetManifest:
        if dataset_id == CURRENT:
            return await self._current()
        try:
            return await self._storage.read_published(keys.manifest(keys.dataset(dataset_id)), DatasetManifest)
        except ObjectNotFoundError as error:
            raise _unknown(f"There is no dataset {dataset_id!r}.") from error

    async def _current(self) -> DatasetManifest:
        version = await self._models.production(self._model)
        if version is not None:
            return await self._manifest((await self._models.description(self._model, version)).dataset_id)
        names = await self._storage.folders(keys.datasets())
        found = await asyncio.gather(*map(self._manifest_if_any, names))
        newest = max(filter(None, found), key=lambda manifest: manifest.created_at, default=None)
        if newest is None:
            raise _unknown("There is no dataset yet.")
        return newest

    async def _manifest_if_any(self, name: str) -> DatasetManifest | None:
        try:
            return await self._manifest(name)
        except NotFoundError:
            return None


def _thumbnail(store: ObjectStore, sha256: str) -> bytes:
    for suffix in STORED_AS:
        try:
            data = store.get(keys.image(sha256, suffix)).body
        except ObjectNotFoundError:
            continue
        picture = upright_rgb(data, at_least_px=THUMBNAIL_SIDE_PX)
        picture.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX))
        target = BytesIO()
        picture.save(target, "JPEG", quality=THUMBNAIL_QUALITY)
        return target.getvalue()
    msg = f"no picture {sha256}"
    raise ObjectNotFoundError(msg)


def _unknown(message: str) -> GatewayError:
    advice = "Versions name theirs: GET /v1/models/<name>. A training run makes the first one."
    return NotFoundError(message, advice=advice, reason="unknown_dataset")
