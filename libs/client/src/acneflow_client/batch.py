"""Many photos at once: what becomes of each, and how the stream of lines is read."""

from collections.abc import Mapping

import httpx
from pydantic import ValidationError

from acneflow_client.answers import Answer, Prediction
from acneflow_client.errors import Problem, UnexpectedAnswerError

PATH = "/v1/predict/batch"
NDJSON_TYPE = "application/x-ndjson"


class BatchItem(Answer):
    """What became of one photo: a prediction, or the problem with it."""

    index: int
    """Its place in what was sent; photos are answered as they are ready."""
    name: str
    prediction: Prediction | None
    problem: Problem | None


def options(photos: Mapping[str, bytes] | bytes, *, top_k: int) -> dict[str, object]:
    """For httpx' `stream`: photos by name as a form, or a ZIP of photos as it is."""
    asked: dict[str, object] = {"params": {"top_k": top_k}}
    if isinstance(photos, bytes):
        return asked | {"content": photos, "headers": {"Accept": NDJSON_TYPE, "Content-Type": "application/zip"}}
    files = [("images", (name, data)) for name, data in photos.items()]
    return asked | {"files": files, "headers": {"Accept": NDJSON_TYPE}}


def total(answer: httpx.Response) -> int:
    """How many photos the gateway found."""
    text = answer.headers.get("X-Batch-Items", "")
    return int(text) if text.isdecimal() else 0


def item(line: str) -> BatchItem:
    """One line of the stream."""
    try:
        return BatchItem.model_validate_json(line)
    except ValidationError as error:
        msg = f"{PATH} answered a line that is no BatchItem; is the gateway of the same release?"
        raise UnexpectedAnswerError(msg) from error
