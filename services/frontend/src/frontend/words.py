"""Every string that people read on the page, in one place."""

from typing import Literal, NamedTuple

from acneflow_client import Decision


class Badge(NamedTuple):
    """A word with a colour and a sign."""

    name: str
    colour: Literal["green", "orange", "gray"]
    icon: str


TITLE = "Acneflow"
SUBTITLE = "What does the model see in this photo?"
UPLOAD = "A photo of the skin"
PRIVACY = "The photo is sent to the model, answered, and stored nowhere."
PHOTO = "Your photo"
HINT = (
    "Choose one sharp, well-lit photo of the affected skin, close up and without a filter. The answer is one of these:"
)
ASKING = "The model looks at your photo …"

BADGES = {
    Decision.CONFIDENT: Badge("Confident", "green", ":material/check_circle:"),
    Decision.UNCERTAIN: Badge("Uncertain", "orange", ":material/help:"),
    Decision.UNSUPPORTED: Badge("No answer", "gray", ":material/block:"),
}
EXPECT = {
    Decision.CONFIDENT: "One class stands out. It is named, with how sure the model is. It can still be wrong.",
    Decision.UNCERTAIN: "No class stands out. You see what the model weighs up, not an answer.",
    Decision.UNSUPPORTED: "The photo isn't like anything the model knows, so it doesn't guess.",
}
MEANING = {
    Decision.CONFIDENT: "The model is sure enough of this class to name it. It can still be wrong.",
    Decision.UNCERTAIN: "No class stands out, so this is not an answer, only what the model weighs up.",
    Decision.UNSUPPORTED: (
        "The photo differs too much from what the model was trained on, so its numbers would mean nothing and aren't "
        "shown. Try a closer, sharper photo of the affected skin."
    ),
}
CLASSES_HELP = (
    "Calibrated probabilities: of 100 answers that say 80 %, about 80 should be right, on photos like those the model "
    "was tested on."
)
CLASSES = "Most likely classes"
CLASSES_WEIGHED = "What it weighs up"

MAP = "Show where the model looked"
MAP_STRENGTH = "Strength of the overlay"
MAP_CAPTION = "Brighter means that the place counted more for the top class. It tells where the model looked, not why."
MAPPED_PHOTO = "Your photo with the places that counted for the answer highlighted"

ANSWERED_BY = "Answered by {name} version {version}, trained on {trained:%-d %B %Y}."
DETAILS = "Details of this answer"
CHANNEL, DATASET, SUPPORT, DURATION, REQUEST = "Channel", "Dataset", "Likeness to the training data", "Took", "Request"
NO_CHANNEL = "none"
MILLISECONDS = "{ms:.0f} ms"
SYNTHETIC = "Synthetic"
SYNTHETIC_MEANING = "This model was trained on drawn pictures, not on photographs. Don't use it for real skin."
NOT_A_DIAGNOSIS = (
    "**Not a diagnosis.** A statistical model answers here, and it can be wrong; only a clinician who sees the skin "
    "can tell what it is."
)

READY = "Ready: {reason}."
REFUSED = "This photo can't be used"
AWAY_TITLE = "The service can't answer right now"
AWAY = "{reason} This page tries again by itself; there is no need to reload it."
FAULT = "The page got an answer that it doesn't understand"
RETRY = "Try again now"


def percent(share: float) -> str:
    """A probability as people read it; nothing is rounded up to certainty or down to impossibility."""
    if share > 0.999:
        return "> 99.9 %"
    if share < 0.001:
        return "< 0.1 %"
    return f"{share * 100:.1f} %"
