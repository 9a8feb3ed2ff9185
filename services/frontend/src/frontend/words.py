"""Every string that people read on the page, in one place."""

from acneflow_client import Decision

TITLE = "Acneflow"
SUBTITLE = "What does the model see in this photo?"
UPLOAD = "A photo of the skin"
UPLOAD_HELP = "JPEG, PNG or WebP, at most 20 MB. It is sent to the model, answered, and stored nowhere."
PHOTO_ALT = "Your photo"
HINT = (
    "Choose one sharp, well-lit photo of the affected skin, close up and without a filter. The answer names the most "
    "likely classes and says honestly when the model doesn't know."
)
ASKING = "The model looks at your photo …"

BADGES = {
    Decision.CONFIDENT: ("Confident", "green", ":material/check_circle:"),
    Decision.UNCERTAIN: ("Uncertain", "orange", ":material/help:"),
    Decision.UNSUPPORTED: ("No answer", "gray", ":material/block:"),
}
MEANING = {
    Decision.CONFIDENT: "The model is sure enough of this class to name it. It can still be wrong.",
    Decision.UNCERTAIN: "No class stands out, so this is not an answer, only what the model weighs up.",
    Decision.UNSUPPORTED: (
        "The photo differs too much from what the model was trained on, so its numbers would mean nothing and aren't "
        "shown. Try a closer, sharper photo of the affected skin."
    ),
}
CONFIDENCE = "Confidence"
CONFIDENCE_HELP = (
    "A calibrated probability: of 100 answers with this number, about as many should be right on photos like those the "
    "model was tested on."
)
CLASSES = "Most likely classes"
CLASSES_WEIGHED = "What it weighs up"

MAP = "Show where the model looked"
MAP_STRENGTH = "Strength of the overlay"
MAP_CAPTION = "Brighter means that the place counted more for the top class. It tells where the model looked, not why."
MAP_ALT = "Your photo with the places that counted for the answer highlighted"

ABOUT = "About this answer"
SYNTHETIC = "Synthetic"
SYNTHETIC_MEANING = "This model was trained on drawn pictures, not on photographs. Don't use it for real skin."
NOT_A_DIAGNOSIS = "Not a diagnosis"

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
