"""`POST /v1/predict/batch`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from contracts.api.predict import BatchAnswer, BatchItem
from gateway.batch.archives import Archive, Item, shown
from gateway.batch.service import Result
from gateway.http.access import TheCaller
from gateway.http.body_limits import media_type
from gateway.http.dependencies import TheBatches, TheSettings
from gateway.http.disconnect import while_connected
from gateway.http.errors import InvalidParametersError, LengthRequiredError, UnsupportedMediaTypeError
from gateway.http.problems import problem, problem_responses
from gateway.predict.request_photo import FORM_TYPE, JSON_TYPE, read_form
from gateway.predict.routes import (
    BINARY,
    PREDICTING,
    Channel,
    Explain,
    TimeoutMs,
    TopK,
    Version,
    asked_target,
    deadline_s,
    prediction_answer,
)
from gateway.predict.service import PredictionOptions

router = APIRouter(tags=["prediction"])

FORM_FIELD = "images"
ZIP_TYPES = ("application/zip", "application/x-zip-compressed")
NDJSON_TYPE = "application/x-ndjson"

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Photos in the form field `images`, or a ZIP of photos. Folders and hidden files in it are "
        "passed over, archives in it aren't opened.",
        "content": {
            FORM_TYPE: {
                "schema": {
                    "type": "object",
                    "properties": {FORM_FIELD: {"type": "array", "items": BINARY}},
                    "required": [FORM_FIELD],
                }
            },
            **{media_type: {"schema": BINARY} for media_type in ZIP_TYPES},
        },
    }
}


@router.post(
    "/v1/predict/batch",
    operation_id="predictBatch",
    summary="Ask the model about many photos",
    response_model=BatchAnswer,
    openapi_extra=_BODY,
    responses={
        200: {
            "description": f"With `Accept: {NDJSON_TYPE}` a line of JSON for each photo, as it is ready.",
            "content": {NDJSON_TYPE: {"schema": {"$ref": "#/components/schemas/BatchItem"}}},
        },
        **problem_responses(*PREDICTING, LengthRequiredError),
    },
)
async def predict_batch(
    request: Request,
    *,
    batches: TheBatches,
    settings: TheSettings,
    caller: TheCaller,
    top_k: TopK = 3,
    channel: Channel = None,
    version: Version = None,
    explain: Explain = False,
    timeout_ms: TimeoutMs = None,
) -> Response:
    """Photos are answered a few at a time, and each for itself: one that can't be used doesn't spoil the others.

    `X-Request-Timeout-Ms` is for each photo, from its own turn. `X-Batch-Items` says how many there are.
    """
    options = PredictionOptions(
        target=asked_target(channel, version),
        client=caller.name,
        deadline_s=deadline_s(timeout_ms, settings),
        explain=explain,
    )
    if "content-length" not in request.headers:
        raise LengthRequiredError("The request has no Content-Length.")
    batches.refuse_if_full()
    async with AsyncExitStack() as stack:
        count, items = await _photos(request, settings.gateway_batch_images)
        stack.enter_context(batches.admitted())
        writer = _Writer(top_k, request.scope)
        results = batches.results(items, options)
        headers = {"X-Batch-Items": str(count)}
        if NDJSON_TYPE in request.headers.get("accept", ""):
            kept = stack.pop_all()
            return _Lines(writer.lines(results), kept, headers=headers, media_type=NDJSON_TYPE)
        with while_connected(request):
            done = sorted([writer.item(result) async for result in results], key=lambda item: item.index)
    predicted = sum(item.prediction is not None for item in done)
    answer = BatchAnswer(items=done, predicted=predicted, failed=len(done) - predicted)
    return Response(answer.model_dump_json(), headers=headers, media_type=JSON_TYPE)


class _Lines(StreamingResponse):
    """Lets go of the batch's place when the last line was sent, or the client has gone."""

    def __init__(self, lines: AsyncIterator[str], stack: AsyncExitStack, *, headers: dict[str, str], media_type: str):
        super().__init__(lines, headers=headers, media_type=media_type)
        self._lines = lines
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            try:
                await super().__call__(scope, receive, send)
            finally:
                await self._lines.aclose()  # type: ignore[attr-defined]


class _Writer:
    def __init__(self, top_k: int, scope: Scope) -> None:
        self._top_k = top_k
        self._request_id: str = scope["state"]["request_id"]

    def item(self, result: Result) -> BatchItem:
        answer = result.predicted and prediction_answer(
            result.predicted, top_k=self._top_k, upload_ms=0.0, request_id=self._request_id
        )
        failed = result.error and problem(result.error, self._request_id)
        return BatchItem(index=result.index, name=result.name, prediction=answer, problem=failed)

    async def lines(self, results: AsyncIterator[Result]) -> AsyncIterator[str]:
        try:
            async for result in results:
                yield self.item(result).model_dump_json() + "\n"
        finally:
            await results.aclose()  # type: ignore[attr-defined]


async def _photos(request: Request, max_photos: int) -> tuple[int, Iterator[Item]]:
    sent_type = media_type(request.headers)
    if sent_type in ZIP_TYPES:
        archive = Archive(await request.body(), max_photos=max_photos)
        return len(archive), archive.items()
    if sent_type != FORM_TYPE:
        raise UnsupportedMediaTypeError(
            f"The Content-Type is {sent_type!r}.",
            advice=f"Send photos as {FORM_TYPE} in the field {FORM_FIELD!r}, or a ZIP as {ZIP_TYPES[0]}.",
        )
    form = await read_form(request, max_files=max_photos)
    try:
        files = [entry for entry in form.getlist(FORM_FIELD) if isinstance(entry, UploadFile)]
        if not files:
            raise InvalidParametersError(f"The form has no files in the field {FORM_FIELD!r}.", reason="empty_batch")
        items = [Item(shown(file.filename or ""), await file.read()) for file in files]
    finally:
        await form.close()
    return len(items), iter(items)
