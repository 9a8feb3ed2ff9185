"""`/v1/datasets`: what the models learned from."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import HTMLResponse, Response

from contracts.api.datasets import Dataset
from gateway.http import documents
from gateway.http.access import require_admin
from gateway.http.dependencies import ADMIN_RECORD_ERRORS, READING_ERRORS, TheDatasets
from gateway.http.problems import problem_responses

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

DatasetId = Annotated[
    str,
    Path(
        pattern=r"^(current|[0-9a-f]{16})$",
        description="A dataset's id, or `current`: the one that the version in production was trained on (before there "
        "is one, the newest).",
        examples=["current"],
    ),
]

_READING = problem_responses(*READING_ERRORS)


@router.get("/{dataset_id}", operation_id="getDataset", summary="What a dataset is made of", responses=_READING)
async def get_dataset(dataset_id: DatasetId, datasets: TheDatasets) -> Dataset:
    """Its classes and counts, what was left out and why, skin tones, duplicates and drift."""
    return await datasets.dataset(dataset_id)


@router.get(
    "/{dataset_id}/report",
    operation_id="getDatasetReport",
    summary="What a dataset is made of, as a page",
    response_class=HTMLResponse,
    response_description="A page without scripts; styles and pictures are inside.",
    responses=_READING,
)
async def get_dataset_report(dataset_id: DatasetId, datasets: TheDatasets) -> Response:
    """For people; the figures in it stand in the report of the dataset too."""
    return documents.page(await datasets.report(dataset_id))


@router.get(
    "/{dataset_id}/images/{sha256}",
    operation_id="getDatasetImage",
    summary="A picture, at a size for looking at",
    dependencies=[Depends(require_admin)],
    response_class=Response,
    responses={
        200: {
            "description": "At most 256 px a side, upright, without EXIF.",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        },
        **problem_responses(*ADMIN_RECORD_ERRORS),
    },
)
async def get_dataset_image(
    dataset_id: DatasetId,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="As the manifest or the report names it.")],
    datasets: TheDatasets,
) -> Response:
    """Photographs of people are for admins only."""
    return documents.jpeg(await datasets.thumbnail(dataset_id, sha256))
