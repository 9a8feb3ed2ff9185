"""What every refusal looks like."""

from pydantic import Field

from contracts.api.answer import Answer

IMAGE_REFUSED = "urn:acneflow:problem:image-refused"


class Problem(Answer):
    """What went wrong and what to do (RFC 9457; `advice`, `reason` and `request_id` are our own members)."""

    type: str = Field(examples=[IMAGE_REFUSED])
    title: str = Field(examples=["The photo can't be used"])
    status: int = Field(ge=400, le=599, examples=[422])
    detail: str = Field(description="What happened.", examples=["The picture is damaged or cut short; save it again."])
    advice: str = Field(description="What to do.", examples=["Save the photo again, or send the original file."])
    reason: str = Field(description="What happened, as a word for programs.", examples=["damaged"])
    request_id: str = Field("", examples=["5b1f0c7de2"])
