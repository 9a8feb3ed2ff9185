"""`/v1/feedback`: corrections are given by those who may ask for predictions, and decided about by admins."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import Response

from contracts.api.feedback import (
    FEEDBACK_ID_EXAMPLE,
    FEEDBACK_ID_PATTERN,
    FeedbackItem,
    FeedbackPage,
    FeedbackReceipt,
    FeedbackRequest,
    FeedbackStatus,
)
from gateway.http import documents, errors
from gateway.http.access import require_admin, require_caller
from gateway.http.body_limits import media_type
from gateway.http.dependencies import ADMIN_RECORD_ERRORS, TheCorrections, ThePipeline
from gateway.http.problems import problem_responses
from gateway.predict.request_photo import FORM_FIELD, FORM_TYPE, JSON_TYPE, read_form

router = APIRouter(prefix="/v1/feedback", tags=["feedback"])

FeedbackId = Annotated[str, Path(pattern=FEEDBACK_ID_PATTERN, examples=[FEEDBACK_ID_EXAMPLE])]

_FORM_FIELDS = {
    "prediction_id": {"type": "string", "minLength": 1, "maxLength": 512},
    "label": {"type": "string", "description": "Empty: none of the model's classes."},
    "consent": {"type": "string", "enum": ["true", "false"]},
    FORM_FIELD: {"type": "string", "format": "binary", "description": "The photo that was predicted, with consent."},
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A form where there is a photo to keep, JSON otherwise.",
        "content": {
            JSON_TYPE: {"schema": FeedbackRequest.model_json_schema()},
            FORM_TYPE: {
                "schema": {"type": "object", "properties": _FORM_FIELDS, "required": ["prediction_id", "label"]}
            },
        },
    }
}

_DECIDING = problem_responses(*ADMIN_RECORD_ERRORS, errors.ConflictError)


@router.post(
    "",
    operation_id="giveFeedback",
    summary="Correct a past prediction",
    status_code=201,
    dependencies=[Depends(require_caller)],
    openapi_extra=_BODY,
    responses=problem_responses(
        errors.MalformedRequestError,
        errors.NotAuthenticatedError,
        errors.NotFoundError,
        errors.SlowUploadError,
        errors.ConflictError,
        errors.BodyTooLargeError,
        errors.UnsupportedMediaTypeError,
        errors.InvalidParametersError,
        errors.RefusedImageError,
        errors.RateLimitedError,
        errors.BusyError,
        errors.StoreAwayError,
        errors.DamagedObjectError,
    ),
)
async def give_feedback(request: Request, corrections: TheCorrections) -> FeedbackReceipt:
    """The photo is kept with consent only: at most 1024 px a side, without EXIF. An admin looks at it first."""
    wanted, image = await _read(request)
    record = await corrections.give(wanted, image)
    kept = record.image is not None
    about = (
        "Your photo was kept without its metadata; a person looks at it before anything is learned from it."
        if kept
        else "Your photo wasn't kept."
    )
    return FeedbackReceipt(
        feedback_id=record.feedback_id, status=record.status, image_kept=kept, sentence=f"Thank you. {about}"
    )


@router.get(
    "",
    operation_id="listFeedback",
    summary="Corrections, newest first",
    dependencies=[Depends(require_admin)],
    responses=problem_responses(*ADMIN_RECORD_ERRORS),
)
async def list_feedback(
    corrections: TheCorrections,
    status: Annotated[FeedbackStatus | None, Query(description="Only these.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str | None, Query(pattern=FEEDBACK_ID_PATTERN, description="The `next` of the page before.")
    ] = None,
) -> FeedbackPage:
    """By the time of the prediction that each corrects."""
    return await corrections.page(status=status, limit=limit, after=after)


@router.get(
    "/{feedback_id}/image",
    operation_id="getFeedbackImage",
    summary="The photo of a correction",
    dependencies=[Depends(require_admin)],
    response_class=Response,
    responses={
        200: {
            "description": "Upright, without EXIF.",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        },
        **problem_responses(*ADMIN_RECORD_ERRORS),
    },
)
async def get_feedback_image(feedback_id: FeedbackId, corrections: TheCorrections) -> Response:
    """Kept with consent, and until the correction is dismissed."""
    return documents.photo(await corrections.image(feedback_id))


@router.post(
    "/{feedback_id}:accept",
    operation_id="acceptFeedback",
    summary="Let the next dataset learn from a correction",
    dependencies=[Depends(require_admin)],
    responses=_DECIDING,
)
async def accept_feedback(
    feedback_id: FeedbackId, corrections: TheCorrections, pipeline: ThePipeline, later: BackgroundTasks
) -> FeedbackItem:
    """Its photo becomes one of the images; it is used for training and validation, never for testing."""
    accepted = await corrections.decide(feedback_id, "accepted")
    if accepted.image is not None and accepted.label is not None:  # else nothing is learned from it
        later.add_task(pipeline.announce_images, f"the correction {feedback_id} was accepted")
    return accepted


@router.post(
    "/{feedback_id}:dismiss",
    operation_id="dismissFeedback",
    summary="Set a correction aside and delete its photo",
    dependencies=[Depends(require_admin)],
    responses=_DECIDING,
)
async def dismiss_feedback(feedback_id: FeedbackId, corrections: TheCorrections) -> FeedbackItem:
    """The record stays, without a photo."""
    return await corrections.decide(feedback_id, "dismissed")


async def _read(request: Request) -> tuple[FeedbackRequest, bytes | None]:
    sent_type = media_type(request.headers)
    if sent_type == JSON_TYPE:
        try:
            document = json.loads(await request.body())
        except (ValueError, RecursionError) as error:
            raise errors.MalformedRequestError("The body is no valid JSON.") from error
        return _validate(document), None
    if sent_type != FORM_TYPE:
        msg = f"The Content-Type is {sent_type!r}." if sent_type else "There is no Content-Type."
        raise errors.UnsupportedMediaTypeError(msg, advice=f"Send {JSON_TYPE}, or {FORM_TYPE} where there is a photo.")
    form = await read_form(request, max_files=1)
    try:
        image = form.get(FORM_FIELD)
        fields = {name: value for name, value in form.items() if name != FORM_FIELD}
        return _validate(fields), await image.read() if isinstance(image, UploadFile) else None
    finally:
        await form.close()


def _validate(fields: object) -> FeedbackRequest:
    try:
        return FeedbackRequest.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from error
