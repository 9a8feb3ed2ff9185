"""Every string that people read on the page, in one place. What a condition is stands in `conditions.toml`."""

from datetime import datetime
from typing import Literal, NamedTuple

from acneflow_client import Decision


class Badge(NamedTuple):
    """A word with a colour and a sign."""

    name: str
    colour: Literal["green", "orange", "gray", "blue", "red", "violet"]
    icon: str


# --- everywhere -------------------------------------------------------------------------------------------------

TITLE = "Acneflow"
PAGES = {
    "predict": "Predict",
    "batch": "Batch",
    "model": "Model",
    "training": "Training",
    "data": "Data",
    "about": "About",
}
FOOT = "Acneflow is not a medical device and gives no diagnosis. Photos are answered and forgotten."
NOT_A_DIAGNOSIS = (
    "**Not a diagnosis.** A statistical model answers here, and it can be wrong; only a clinician who sees the skin "
    "can tell what it is."
)
SYNTHETIC = "Synthetic"
SYNTHETIC_MEANING = "This model was trained on drawn pictures, not on photographs. Don't use it for real skin."
NONE = "none"

# --- signing in -------------------------------------------------------------------------------------------------

SIGN_IN, SIGN_OUT = "Sign in", "Sign out"
SIGNED_IN = "Signed in"
SIGNED_IN_MEANING = "Your key is kept in this tab's session only. It is gone when you close the tab or sign out."
SIGN_IN_NEEDED = "Sign in to see this"
KEY = "API key"
KEY_HELP = "The operator gives out keys. Yours stays in this tab's session and is stored nowhere."
KEY_REFUSED_TITLE = "The gateway doesn't accept your key for this"
KEY_REFUSED = "It may be mistyped, withdrawn, or not an admin's. Sign out, and sign in with another one."

# --- when the gateway can't answer ------------------------------------------------------------------------------

GATEWAY_AWAY = "The gateway doesn't answer."
AWAY_TITLE = "The service can't answer right now"
AWAY = "{reason} This page tries again by itself; there is no need to reload it."
BUSY_TITLE = "Many people are asking right now"
BUSY = "{reason} Nothing is lost: this page asks again by itself in a moment."
NOT_NOW_TITLE = "That can't be done"
REFUSED = "This photo can't be used"
FAULT = "The page got an answer that it doesn't understand"
RETRY = "Try again now"

# --- decisions --------------------------------------------------------------------------------------------------

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

# --- predict ----------------------------------------------------------------------------------------------------

PREDICT_TITLE = "What does the model see in this photo?"
PREDICT_LEAD = (
    "Choose one sharp, well-lit photo of the affected skin, close up and without a filter. The model says what it "
    "resembles, how sure it is, and when it doesn't know."
)
WAYS = {"upload": "Upload", "camera": "Camera", "example": "Example"}
WAY_ICONS = {"upload": ":material/upload:", "camera": ":material/photo_camera:", "example": ":material/brush:"}
WAY = "Where the photo comes from"
UPLOAD = "A photo of the skin: JPEG, PNG or WebP, at most 20 MB"
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
TRY = "Try this one"
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
SENT = "Thank you. Your correction will be reviewed before a model learns from it."
NOT_SENT = "Your correction couldn't be sent. {reason}"


def percent(share: float) -> str:
    """A probability as people read it; nothing is rounded up to certainty or down to impossibility."""
    if share > 0.999:
        return "> 99.9 %"
    if share < 0.001:
        return "< 0.1 %"
    return f"{share * 100:.1f} %"


def share(part: float) -> str:
    """A share of a test set, in whole per cent."""
    return f"{part:.0%}".replace("%", " %")


def megabytes(size: int) -> str:
    """A file's size."""
    return f"{size / 1e6:.1f} MB"


def moment(at: datetime) -> str:
    """A point in time, in UTC."""
    return f"{at:%-d %b %Y, %H:%M} UTC"


def duration(seconds: float | None) -> str:
    """How long something takes."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


# --- model ------------------------------------------------------------------------------------------------------

MODEL_TITLE = "The model, version by version"
MODEL_LEAD = "What is in production, how each version was judged, and how any two of them compare."
NO_VERSION = "No version was published yet. A training run makes the first one."
CHANNELS = {"production": "Production", "candidate": "Candidate", "previous": "Previous"}
CHANNEL_MEANING = {
    "production": "Answers people",
    "candidate": "Waits for a decision",
    "previous": "Was in production before",
}
CHANNEL_EMPTY = "None"
VERSION = "Version {number}"
VERSION_LINE = "macro-F1 {macro_f1} · trained {trained}"
VERSIONS = "All versions"
VERSIONS_HEADS = ("Version", "Channel", "Trained", "Macro-F1 [95 % CI]", "Accuracy", "ECE", "Test images", "Gate")
VERDICTS = {"accepted": "accepted", "rejected": "rejected", "unjudged": "not judged"}
WHY_REJECTED = "Why versions were rejected"
CHOOSE, CHOOSE_OTHER, NO_OTHER = "Show version", "Compare with", "nothing"
MODEL_TABS = (
    "Figures",
    "Confusion",
    "Reliability",
    "Risk and coverage",
    "Slices",
    "Robustness",
    "Exports",
    "Serving",
)
NOT_EVALUATED = "Version {number} has no evaluation in the store: it was published without one."
NOT_MEASURED = "This wasn't measured when version {number} was judged."
FIGURES = ("Figure", "Difference")
FIGURE_NAMES = {
    "macro_f1": "Macro-F1 [95 % CI]",
    "accuracy": "Accuracy [95 % CI]",
    "balanced_accuracy": "Balanced accuracy [95 % CI]",
    "top3_accuracy": "Right among the first three [95 % CI]",
    "expected_calibration_error": "Expected calibration error",
    "test_images": "Test images",
    "test_groups": "Test groups (people, cases)",
}
FIGURES_NOTE = "Two versions may have been tested on different images; only the gate compares them on the same ones."
GATE_COMPARISON = (
    "The gate held version {candidate} against version {production} on {images} images new to both: macro-F1 "
    "difference {difference}, at most {margin} worse was accepted."
)
DECISION_SHARES = (
    "Of the test images {confident} get a confident answer ({right} of these are right), {uncertain} are uncertain and "
    "{unsupported} unsupported."
)
CHECKS = "The gate's checks"
CHECKS_HEADS = ("Check", "Result", "What was found")
PASSED, FAILED = "passed", "failed"
PER_CLASS = "F1 by class"
PER_CLASS_ALT = "F1 by class. {text}"
PER_CLASS_TABLE = "F1 by class as a table"
PER_CLASS_HEADS = ("Class", "Precision", "Recall", "F1", "Test images")
WAS, SAID = "What it was", "What the model said"
CONFUSION_TITLE = "Confusion matrix of version {number}"
CONFUSION_NOTE = "Numbers are test images; the darker, the larger the share of the row. On the diagonal it was right."
CONFUSION_ALT = "Confusion matrix of version {number}: {right} of {all} test images on the diagonal. {worst}"
CONFUSION_WORST = "Most often mistaken: {was} for {said}, {count} times."
AS_TABLE = "As a table"
PROMISED, CAME = "Confidence of the answer", "Share that was right"
RELIABILITY_NOTE = (
    "On the dashed line an answer keeps its promise: of those that say 80 %, 80 % are right. Larger dots are "
    "more images."
)
RELIABILITY_ALT = "Reliability diagram. {text}"
RELIABILITY_LINE = "Version {number}: expected calibration error {error} after calibration, {before} before."
RELIABILITY_HEADS = ("Confidence", "Images", "Mean confidence", "Right")
COVERAGE, RISK = "Share of photos that get an answer", "Share of these answers that are wrong"
RISK_NOTE = "The more photos the model declines to answer, the fewer of its answers are wrong."
RISK_ALT = "Risk–coverage curve. {text}"
RISK_LINE = "Version {number}: answering everything, {all} are wrong; answering the surest half, {half}."
RISK_HEADS = ("Confidence from", "Photos answered", "Of these wrong")
SLICES_NOTE = (
    "How parts of the test set fare. A part with too few images gets no figure: a number there would say nothing. No "
    "test set tells how a model does on people who aren't in it."
)
SLICES_HEADS = ("Divided by", "Part", "Images", "Groups", "Accuracy [95 % CI]", "Note")
TOO_FEW = "too few"
ROBUSTNESS_NOTE = "The test images again, after something happened to them."
ROBUSTNESS_HEADS = ("What happened", "Macro-F1", "Accuracy", "Same answer", "Called unsupported")
STRANGERS = (
    "Of {count} pictures of something else ({kind}) {found} were called unsupported, and {wrong} of the test images by "
    "mistake (AUROC {auroc})."
)
EXPORTS_NOTE = "Latency: median of one image on one thread, on the machine where the version was judged."
EXPORTS_HEADS = ("File", "Size", "Latency", "Same answer as SavedModel", "Macro-F1")
DRIFT_NOTE = (
    "How far what the model is asked now has moved from what it was tested on: population stability index, below {low} "
    "stable, from {high} another population."
)
DRIFT_HEADS = ("What", "PSI", "Meaning")
DRIFT_NAMES = {
    "confidence": "Confidence",
    "classes": "Classes",
    "brightness": "Brightness",
    "labels": "Shares of the classes",
    "contrast": "Contrast",
    "saturation": "Saturation",
    "sharpness": "Sharpness",
    "side_px": "Shorter side",
}
DRIFT_STABLE, DRIFT_MOVED, DRIFT_OTHER = "stable", "has moved", "another population"
REPLICAS_HEADS = ("Model server", "Serves", "On its disk", "Since", "Quarantined", "Problems")
NO_REPLICA = "No model server has reported yet."
HISTORY = "How the channels came about"
HISTORY_HEADS = ("When", "What", "Version", "Reason")
MOVES = {
    "candidate": "became the candidate",
    "promote": "put into production",
    "reject": "rejected",
    "rollback": "rolled back to",
}

ADMIN = "Administration"
ADMIN_NEEDED = "Promoting, rejecting, rolling back and sharing traffic is for admins."
PROMOTE, REJECT, ROLL_BACK = "Promote version {number}", "Reject version {number}", "Roll back to version {number}"
CONFIRM = "Are you sure?"
CONFIRM_PROMOTE = "Version {number} will answer people in place of version {production}, within seconds."
CONFIRM_REJECT = "Version {number} won't be a candidate any more. Version {production} goes on answering."
CONFIRM_ROLL_BACK = "Version {number} will answer people again in place of version {production}."
REASON, REASON_HELP = "Reason", "It stands in the model's history."
DO_IT, LEAVE_IT = "Yes, do it", "No, leave it"
MOVED = "Done: production is version {production}, candidate {candidate}."
UNCHANGED = "Nothing to do: it stood that way already."
