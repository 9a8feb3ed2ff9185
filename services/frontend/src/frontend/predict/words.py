"""Predict's strings. What a condition is stands in `conditions.toml`."""

from acneflow_client import Decision
from imaging import formats

SYNTHETIC_MEANING = "This model was trained on drawn pictures, not on photographs. Don't use it for real skin."

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

TITLE = "What does the model see in this photo?"
LEAD = (
    "Choose one sharp, well-lit photo of the affected skin, close up and without a filter. The model says what it "
    "resembles, how sure it is, and when it doesn't know."
)
WAYS = {"upload": "Upload", "camera": "Camera", "example": "Example"}
WAY_ICONS = {"upload": ":material/upload:", "camera": ":material/photo_camera:", "example": ":material/brush:"}
WAY = "Where the photo comes from"
UPLOAD = f"A photo of the skin: {formats.NAMES}, at most 20 MB"
CAMERA = "Take a photo of the skin"
PRIVACY = "Your photo goes to the model and is forgotten once it is answered. It is written to no disk."
EXAMPLES = {
    "blackheads": ("Open comedones", "Drawn skin with many dark pores and a few bumps"),
    "whiteheads": ("Closed comedones", "Drawn skin with many small skin-coloured bumps"),
    "pustules": ("Pustules", "Drawn dark skin with yellow-tipped inflamed bumps"),
    "around-the-mouth": ("Around the mouth", "Drawn chin with groups of red bumps below the lips"),
    "milia": ("Milia", "Drawn dark skin below an eye with small white cysts"),
    "landscape": ("No skin at all", "Drawn landscape with hills and a house"),
}
EXAMPLES_ARE_DRAWN = "These pictures are **synthetic**: drawn by a program, they show nobody's skin."
EXPECT_TITLE = "Three kinds of answer"
READY = "Ready: {reason}."
ASKING = "The model looks at your photo …"
AGAIN = "Ask about another photo"
CLASSES = "Most likely classes"
CLASSES_WEIGHED = "What it weighs up"
CONFIDENCE_TITLE = "How to read these numbers"
CONFIDENCE = (
    "The numbers are calibrated probabilities over the {count} classes this model knows: of 100 answers that say 80 %, "
    "about 80 should be right, on photos like those it was tested on. A class that the model doesn't know can't win, "
    "and photos unlike its training photos make the numbers worth less."
)
ABOUT_CONDITION = "What is {name}?"
WHEN_TITLE = "When not to wait"
WHEN = (
    "Whatever the model says, see a clinician soon if the skin is very painful, spreads quickly, or bleeds; if a spot "
    "changes in size, shape or colour or doesn't heal; or if you worry. Seek help at once with fever or feeling very "
    "ill, swelling of the face or around an eye, trouble breathing or swallowing, or blisters over large areas."
)
PICTURE = {
    "photo": "The photo you asked about",
    "gone": "The photo isn't shown any more: it was kept by nobody.",
    "strength": "Where the model looked, not why",
    "caption": "Bright places counted more for the top class. That tells where the model looked; it explains nothing.",
    "less": "less",
    "more": "more",
}
ANSWERED_BY = "Answered by {name} version {version}, trained on {trained:%-d %B %Y}."
DETAILS = "Details of this answer"
CHANNEL, DATASET, SUPPORT, DURATION, REQUEST = "Channel", "Dataset", "Likeness to the training data", "Took", "Request"
MILLISECONDS = "{ms:.0f} ms"

RIGHT_TITLE = "Was this right?"
RIGHT_TITLE_UNSUPPORTED = "Do you know what it is?"
RIGHT_ASK = "If a clinician told you what it is, tell us. Corrections are reviewed before a model learns from them."
RIGHT_YES, RIGHT_NO = "Yes", "No, it is something else"
RIGHT_WHAT = "What is it?"
RIGHT_NONE = "None of these"
CONSENT = "Keep what the model saw of my photo, so that a later model can learn from it"
CONSENT_MEANING = (
    "Without your consent only the class is kept. With it, also the picture as the model saw it: 224 × 224 pixels, no "
    "place, no time, no name."
)
SEND = "Send"
SENDING = "Your correction is on its way …"
