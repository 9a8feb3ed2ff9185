"""What `/v1/feedback` takes and answers: corrections of past predictions."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from contracts.api.answer import Answer

FEEDBACK_ID_PATTERN = r"^\d{8}T\d{6}Z-[0-9a-f]{16}$"
FEEDBACK_ID_EXAMPLE = "20261122T081500Z-5b1f0c7d41b7e688"

FeedbackStatus = Literal["pending", "accepted", "dismissed"]


def _nothing(value: object) -> object:
    """A form has no null: an empty field stands for it."""
    return None if value == "" else value


class FeedbackRequest(BaseModel):
    """A correction of a past prediction."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"prediction_id": "WyI1Yj…", "label": "rosacea", "consent": False}]},
    )

    prediction_id: str = Field(min_length=1, max_length=512, description="As it stood in the prediction.")
    label: Annotated[
        Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=80)] | None, BeforeValidator(_nothing)
    ] = Field(
        description="What it is: one of the model's classes; null (in a form: empty) is none of them.",
        examples=["rosacea"],
    )
    consent: bool = Field(False, description="Whether the photo may be kept and learned from.")


class FeedbackReceipt(Answer):
    """What became of a correction."""

    feedback_id: str = Field(examples=[FEEDBACK_ID_EXAMPLE])
    status: FeedbackStatus
    image_kept: bool
    sentence: str = Field(description="For the person who gave it.", examples=["Thank you. Your photo wasn't kept."])


class StoredPhoto(Answer):
    """The photo that was kept with a correction."""

    sha256: str
    size: int = Field(ge=1, description="In bytes.")
    width: int = Field(ge=1)
    height: int = Field(ge=1)


class FeedbackItem(Answer):
    """One correction, as an admin sees it."""

    feedback_id: str = Field(examples=[FEEDBACK_ID_EXAMPLE])
    created_at: AwareDatetime
    model: str = Field(examples=["acne"])
    version: int = Field(ge=1, examples=[7])
    predicted: str = Field(examples=["acne-pustular"])
    label: str | None = Field(description="Null: none of the model's classes.", examples=["rosacea"])
    consent: bool
    image: StoredPhoto | None = Field(description="Null without consent, or once the correction was dismissed.")
    status: FeedbackStatus
    decided_at: AwareDatetime | None


class FeedbackPage(Answer):
    """Corrections, newest first."""

    items: tuple[FeedbackItem, ...]
    next: str | None = Field(
        description="Give it as `after` for the page that follows; null after the last.", examples=[FEEDBACK_ID_EXAMPLE]
    )
