"""Corrections of past predictions: taken in, listed, accepted for the next dataset or dismissed.

A photo is kept with consent only: upright, at most 1024 px a side, without EXIF. The record comes first and its photo
after it, so that no photo ever lies in the store that no record speaks of.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Literal

from contracts import keys
from contracts.api.feedback import FeedbackItem, FeedbackPage, FeedbackRequest, FeedbackStatus
from contracts.feedback import Feedback, FeedbackImage
from contracts.manifest import utc_now
from gateway.http.errors import ConflictError, InvalidParametersError, NotFoundError, RefusedImageError
from gateway.models.catalogue import Models
from gateway.predict.prediction_id import InvalidPredictionIdError, PastPrediction, PredictionIds, pixels_digest
from gateway.store.storage import Storage
from imaging import ImageRefusedError, read_pixels, upright_rgb
from objectstore import ObjectNotFoundError, ObjectStore, PreconditionFailedError, change_document

STORED_SIDE_PX = 1024
"""More than any model here sees, and less of a face than a phone takes."""
STORED_QUALITY = 92
SCANNED = 1000
"""Corrections that one page may look at while it searches for those of a status."""


class Corrections:
    def __init__(self, storage: Storage, models: Models, ids: PredictionIds) -> None:
        self._storage = storage
        self._models = models
        self._ids = ids

    async def give(self, request: FeedbackRequest, image: bytes | None) -> Feedback:
        """Take in a correction, with the photo that was predicted, byte by byte; a second time it changes nothing.

        Raises:
            InvalidParametersError: if the prediction id, the label or the photo don't belong together.
            RefusedImageError: if the photo can't be used.
            ConflictError: if this prediction was corrected otherwise before.
        """
        past = self._past(request.prediction_id)
        if image is not None and not request.consent:
            msg = "The request has a photo, but no consent to keep it."
            raise InvalidParametersError(msg, advice="Leave the photo out, or set 'consent'.", reason="no_consent")
        await self._require_class(past, request.label)
        photo = None if image is None else await self._storage.call(_photo_to_keep, image, past)
        record = Feedback(
            feedback_id=f"{past.at:%Y%m%dT%H%M%SZ}-{past.id}",
            created_at=utc_now(),
            model=past.model,
            version=past.version,
            predicted=past.label,
            label=request.label,
            consent=request.consent,
            image=None if photo is None else photo[0],
        )
        return await self._storage.call(_store_correction, record, None if photo is None else photo[1])

    async def page(self, *, status: FeedbackStatus | None, limit: int, after: str | None) -> FeedbackPage:
        """Corrections, newest first, from the one after `after`."""
        found: list[Feedback] = []
        scanned = 0
        last = after
        async for record in self._newest_first(after):
            scanned += 1
            if status is None or record.status == status:
                if len(found) == limit:
                    break
                found.append(record)
            last = record.feedback_id
            if scanned == SCANNED:
                break
        else:
            last = None
        return FeedbackPage(
            items=tuple(FeedbackItem.model_validate(record, from_attributes=True) for record in found), next=last
        )

    async def image(self, feedback_id: str) -> bytes:
        try:
            record = await self._storage.read(_record_key(feedback_id), Feedback)
        except ObjectNotFoundError as error:
            raise _unknown(feedback_id) from error
        missing = NotFoundError(
            f"There is no photo of {feedback_id}.", advice="It was given without one, or dismissed.", reason="no_image"
        )
        if record.image is None:
            raise missing
        try:
            return (await self._storage.get(record.image.key)).body
        except ObjectNotFoundError as error:
            raise missing from error

    async def decide(self, feedback_id: str, status: Literal["accepted", "dismissed"]) -> FeedbackItem:
        """Let the next dataset learn from a correction, or set it aside and delete its photo; once."""
        try:
            record = await self._storage.call(_store_decision, feedback_id, status)
        except ObjectNotFoundError as error:
            raise _unknown(feedback_id) from error
        except PreconditionFailedError as error:
            raise ConflictError("Others decide about this correction.", advice="Look at it again.") from error
        return FeedbackItem.model_validate(record, from_attributes=True)

    def _past(self, prediction_id: str) -> PastPrediction:
        try:
            return self._ids.read(prediction_id, now=datetime.now(UTC))
        except InvalidPredictionIdError as error:
            raise InvalidParametersError(
                f"prediction_id: {error}.",
                advice="Send the 'prediction_id' of the answer that you correct.",
                reason="invalid_prediction_id",
            ) from error

    async def _require_class(self, past: PastPrediction, label: str | None) -> None:
        classes = [entry.name for entry in (await self._models.description(past.model, past.version)).classes]
        if label is not None and label not in classes:
            msg = f"label: {label!r} is no class of {past.model} version {past.version}."
            raise InvalidParametersError(msg, advice=f"Choose one of {', '.join(classes)}.", reason="unknown_label")

    async def _newest_first(self, after: str | None) -> AsyncIterator[Feedback]:
        async for day in self._days(after):
            names = [key.rpartition("/")[2] for key in await self._storage.keys(day)]
            ids = sorted((name.removesuffix(".json") for name in names if name.endswith(".json")), reverse=True)
            for feedback_id in ids:
                if after is None or feedback_id < after:
                    yield await self._storage.read(f"{day}{feedback_id}.json", Feedback)

    async def _days(self, after: str | None) -> AsyncIterator[str]:
        """Folders of days with corrections, the last one first, none after that of `after`."""
        latest = "9999/99/99" if after is None else f"{_day(after):%Y/%m/%d}"
        folder = keys.feedback()
        for year in reversed(await self._storage.folders(folder)):
            for month in reversed(await self._storage.folders(f"{folder}{year}/")):
                for day in reversed(await self._storage.folders(f"{folder}{year}/{month}/")):
                    if f"{year}/{month}/{day}" <= latest:
                        yield f"{folder}{year}/{month}/{day}/"


def _photo_to_keep(_store: ObjectStore, image: bytes, past: PastPrediction) -> tuple[FeedbackImage, bytes]:
    try:
        if pixels_digest(read_pixels(image)) != past.pixels_digest:
            msg = "The photo isn't the one that this prediction was made for."
            raise InvalidParametersError(msg, advice="Send the same file again.", reason="another_photo")
        picture = upright_rgb(image, at_least_px=STORED_SIDE_PX)
    except ImageRefusedError as refusal:
        raise RefusedImageError(refusal) from refusal
    picture.thumbnail((STORED_SIDE_PX, STORED_SIDE_PX))
    target = BytesIO()
    picture.save(target, "JPEG", quality=STORED_QUALITY)
    data = target.getvalue()
    name = f"{past.at:%Y%m%dT%H%M%SZ}-{past.id}"
    described = FeedbackImage(
        key=keys.feedback_image(_day(name), name),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        width=picture.width,
        height=picture.height,
    )
    return described, data


def _store_correction(store: ObjectStore, record: Feedback, photo: bytes | None) -> Feedback:
    key = _record_key(record.feedback_id)
    try:
        store.put(key, record.to_json(), content_type="application/json", if_absent=True)
    except PreconditionFailedError:
        known = Feedback.from_json(store.get(key).body, origin=store.uri(key))
        if (known.label, known.consent) != (record.label, record.consent):
            raise ConflictError(
                "This prediction was corrected before, in another way.",
                advice="A prediction can be corrected once.",
                reason="corrected_before",
            ) from None
        if known.status != "pending" or known.image != record.image:
            return known
    if record.image is not None and photo is not None:
        store.put(record.image.key, photo, content_type="image/jpeg")
    return record


def _store_decision(store: ObjectStore, feedback_id: str, status: FeedbackStatus) -> Feedback:
    def decide(record: Feedback) -> Feedback:
        if record.status == status:
            return record
        if record.status != "pending":
            raise ConflictError(
                f"This correction was {record.status} before.",
                advice="A decision stands: what was accepted may be in a dataset, what was dismissed is deleted.",
                reason=f"{record.status}_before",
            )
        image = _move_to_images(store, record.image) if status == "accepted" and record.image else None
        return record.model_copy(update={"status": status, "decided_at": utc_now(), "image": image})

    _, record = change_document(store, _record_key(feedback_id), Feedback, decide)
    store.delete(keys.feedback_image(_day(feedback_id), feedback_id))
    return record


def _move_to_images(store: ObjectStore, image: FeedbackImage) -> FeedbackImage | None:
    """Where datasets look for it; None if the photo never arrived."""
    try:
        data = store.get(image.key).body
    except ObjectNotFoundError:
        return None
    key = keys.image(image.sha256, "jpg")
    with suppress(PreconditionFailedError):  # images are named by their content, so the same one is there
        store.put(key, data, content_type="image/jpeg", if_absent=True)
    return image.model_copy(update={"key": key})


def _record_key(feedback_id: str) -> str:
    return keys.feedback_record(_day(feedback_id), feedback_id)


def _day(feedback_id: str) -> date:
    try:
        return date.fromisoformat(feedback_id.partition("T")[0])
    except ValueError as error:
        raise _unknown(feedback_id) from error


def _unknown(feedback_id: str) -> NotFoundError:
    msg = f"There is no correction {feedback_id}."
    return NotFoundError(msg, advice="GET /v1/feedback lists all.", reason="unknown_feedback")
