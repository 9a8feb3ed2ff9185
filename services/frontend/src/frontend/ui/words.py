"""Every string that people read on the page, in one place. What a condition is stands in `conditions.toml`."""

from datetime import datetime
from typing import Literal, NamedTuple

from acneflow_client import Decision, Split
from imaging import formats


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
    "Drift",
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
CONFUSION_NOTE = (
    "Numbers are test images; a stronger colour is a larger share of the row. On the diagonal it was right."
)
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
EXPORT_LEFT_OUT = "{file} (not published: it doesn't agree)"
EXPORTS_HEADS = ("File", "Size", "Latency", "Same answer as SavedModel", "Macro-F1")
DRIFT_NOTE = (
    "How far what the model is asked now has moved from what it was tested on: population stability index, below {low} "
    "stable, from {high} another population."
)
DRIFT = "Drift"
DRIFT_LINE = "Version {number}, {predictions} predictions of the last seven days: {verdict}"
DRIFTED = "**they come from another population** than the one it was validated on."
NOT_DRIFTED = "no drift was found."
NO_DRIFT_MEASURED = "Nothing can be compared yet: no predictions, or the version was published without a reference."
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
TRAFFIC = "What the candidate sees"
TRAFFIC_MODES = {
    "off": "Nothing",
    "split": "It answers its share of the photos",
    "shadow": "It is asked silently; production answers",
}
TRAFFIC_SHARE = "Share of the photos"
TRAFFIC_SET = "Set the share"
CONFIRM_TRAFFIC = "The candidate's part will be: “{mode}”, for {share} of the photos, within seconds."
TRAFFIC_DONE = "Done: “{mode}”, for {share} of the photos."
UNCHANGED = "Nothing to do: it stood that way already."

# --- training ---------------------------------------------------------------------------------------------------

TRAINING_TITLE = "Training"
TRAINING_LEAD = "Start a run, watch it step by step, and see what came of earlier ones."
AIRFLOW = "Airflow"
AIRFLOW_LINK = "Open Airflow"
AIRFLOW_START, AIRFLOW_STARTING = "Start Airflow", "Airflow is being started; that takes about a minute."
AIRFLOW_PARTS = "Its parts"
AIRFLOW_HEADS = ("Part", "State", "Detail")
AIRFLOW_STATES = {
    "running": "running",
    "starting": "starting",
    "stopping": "stopping",
    "stopped": "stopped",
    "failed": "failed",
    "missing": "missing",
}
START = "Start a run"
START_NEEDED = "Starting a run is for admins."
START_NOW = "Start this run"
STARTED = "Run {id} was started."
OWN_CHOICE = "the pipeline's own choice"
FIELDS = {
    "source": "Where the images come from",
    "folder": "Folder or table of files, as the worker sees it",
    "urls": "List of addresses (.csv), as the worker sees it",
    "classes": "Classes (none chosen: all that have enough images)",
    "architecture": "Architecture",
    "epochs": "Epochs",
    "fine_tune_epochs": "Epochs of fine-tuning",
    "margin": "How much worse than production is still accepted (macro-F1)",
    "seed": "Seed",
    "force": "Train again even if nothing has changed",
}
CURRENT_RUN = "The run"
SHOW_RUN = "Show run"
NO_RUNS = "No run yet."
RUN_LINE = "{id} · queued {queued}"
RUN_PROGRESS = "{sentence} {percent} done, about {eta} to go."
RUN_PROGRESS_UNKNOWN = "{sentence}"
STEPS = "Steps of the run"
STEP_NAMES = {
    "scrape": "Scrape",
    "prepare": "Prepare",
    "train": "Train",
    "evaluate": "Evaluate",
    "promote": "Promote",
    "verify": "Verify",
}
STEP_STATES = {
    None: "waiting",
    "none": "waiting",
    "scheduled": "waiting",
    "queued": "waiting",
    "running": "running",
    "deferred": "running",
    "restarting": "running",
    "success": "done",
    "skipped": "skipped",
    "removed": "skipped",
    "failed": "failed",
    "upstream_failed": "not reached",
    "up_for_retry": "will be tried again",
    "up_for_reschedule": "waiting",
}
STEP_LINE = "{state}, {seconds}"
STEP_EXPECTED = "{state}, {seconds} of about {expected}"
CANCEL = "Cancel this run"
CANCELLED = "The run was cancelled."
CONFIRM_CANCEL = "The run is stopped where it is. What it published so far stays, production doesn't change."
OUTCOMES = {
    "queued": "queued",
    "running": "running",
    "promoted": "promoted",
    "rejected": "rejected",
    "nothing_new": "nothing new",
    "failed": "failed",
    "cancelled": "cancelled",
}
RUN_HISTORY = "Earlier runs"
RUN_HISTORY_HEADS = ("Run", "Started", "Took", "Outcome", "What happened")
LOGS = "The end of the log of “{task}”, try {number}"
LOGS_NEEDED = "The logs are for admins."
LOGS_CUT = "Earlier lines are left out; Airflow has them all."

# --- data -------------------------------------------------------------------------------------------------------

DATA_TITLE = "What the model learned from"
DATA_LEAD = "The dataset of the version in production: what is in it, what was left out, and what has changed."
NO_DATASET = "There is no dataset yet. A training run makes the first one."
DATA_FIGURES = ("Images", "Groups (people, cases)", "Classes", "Left out")
MADE = "Dataset {id}, made {at}. {notice}"
COUNTS = "Images by class"
COUNTS_ALT = "Images by class and split. {text}"
COUNTS_HEADS = ("Class", "Training", "Validation", "Test")
SPLITS = {Split.TRAIN: "Training", Split.VALIDATION: "Validation", Split.TEST: "Test"}
DATA_TABS = ("Classes", "Pictures", "Duplicates", "Left out", "Skin tones", "Drift", "Checks", "Corrections")
SAMPLES = "Sample pictures"
SAMPLES_NEEDED = "Pictures of skin are for admins only."
SAMPLES_NOTE = "They are blurred until you click one."
SAMPLES_NONE = "This dataset's report names no pictures."
SAMPLES_OF = "Pictures of"
SAMPLE_ALT = "A picture labelled {label}"
GALLERY = {"show": "Show", "hide": "Blur again"}
LOOK_ALIKES = "Look-alikes"
DUPLICATES_TEXT = (
    "{sightings} pictures were seen more than once. {images} pictures look alike in {clusters} sets ({pairs} pairs); "
    "each set stays in one split, so that no test picture was seen in training."
)
NOT_REPORTED = "This dataset's report doesn't tell."
EXCLUDED_HEADS = ("Why", "Images")
DROPPED_HEADS = ("Class left out", "Why")
SKIN_HEADS = ("Skin tone", "How it is known", "Images")
SKIN_KNOWN = {"monk": "recorded by the source", "fitzpatrick": "recorded by the source", "estimated": "estimated"}
SKIN_NAMES = {"monk": "Monk {name}", "fitzpatrick": "Fitzpatrick {name}", "estimated": "{name}"}
SKIN_UNKNOWN = "unknown"
SKIN_NOTE = "An estimate comes from the pixels alone; the light of a photo can shift it by more than a category."
DATA_DRIFT = "Held against dataset {previous}: {added} pictures are new, {removed} are gone."
DATA_DRIFT_CHANCE = "Two draws of these sizes from one population would differ by {chance} by chance alone."
NO_DRIFT = "There is no earlier dataset of the same sources to compare with."
CHECKED_HEADS = ("Check", "Result", "What was found")
OVERRIDDEN = "overridden"
WARNED = "warning"
QUEUE_NEEDED = "Corrections are for admins to review."
QUEUE_EMPTY = "No correction is waiting."
QUEUE_LINE = "Version {version} said **{predicted}**; a person says **{label}**."
QUEUE_NO_CLASS = "none of the classes"
QUEUE_NO_PICTURE = "No picture: the person didn't consent to keeping it."
QUEUE_ALT = "The picture of a correction"
ACCEPT, DISMISS = "Accept", "Dismiss"
QUEUE_NOTE = (
    "What you accept is learned from in the next dataset, never tested on. What you dismiss is set aside and its "
    "picture deleted."
)
QUEUE_DONE = {"accepted": "Accepted.", "dismissed": "Dismissed; its picture is deleted."}
QUEUE_MORE = "There are more; these are the newest."

# --- about ------------------------------------------------------------------------------------------------------

ABOUT_TITLE = "About"
ABOUT_LEAD = "What this is for, what it isn't, and what happens to your photo."
PURPOSE_TITLE = "What it is for"
PURPOSE = (
    "Acneflow tells which of a few kinds of acne, rosacea and alike a photo resembles, and how sure it is. "
    "It is for learning about such models and for running one honestly. It is **no medical device**, it "
    "gives **no diagnosis** and no advice on treatment, and it doesn't replace a clinician who sees the skin."
)
LIMITS_TITLE = "Its limits"
LIMITS = """
- It knows only the classes it was trained on. Any other condition can look like one of them to it.
- It never saw your skin before. Light, focus, filters and make-up change what it says.
- Most collections of skin photos show light skin more often. How it does by skin tone stands on the page *Model* with \
the number of images behind each figure; where they are too few, it isn't known.
- Its probabilities hold for photos like those it was tested on, and for no others.
- A confident answer can be wrong. An answer that says nothing dangerous is no reason to wait.
"""
PRIVACY_TITLE = "Your privacy"
PRIVACY_TEXT = """
- **Nothing is kept by default.** Your photo is held in memory until it is answered, then forgotten. It is \
written to no disk, and neither it nor its place, time or device is logged.
- The picture you still see beside the answer is in your browser only. It is gone when you close the tab.
- A correction keeps the class you name. Only with your consent it keeps the picture too, as the model saw it: \
224 × 224 pixels without anything else. An admin reviews it; what is dismissed is deleted.
- Counts are kept of every answer, without the photo: class, confidence, brightness, version and time.
- This page sets no cookie of its own but the one that keeps your session safe, and asks no other site for anything.
"""
DATA_LICENCES_TITLE = "Where the images come from"
DATA_LICENCES = """
| Source | Licence | Used |
|---|---|---|
| Synthetic atlas | made by this project, MIT | by default; drawn by a program, shows nobody |
| A folder or list of your own | yours to know | when the operator names it |
| SCIN (Google) | [SCIN Data Use License](https://github.com/google-research-datasets/scin), with attribution | \
when the operator chooses it |
| dermnet.com | copyrighted | only by those who have the right to, and say so |
| DermNet NZ | forbids training | never |
"""
TRAINED_ON = "The version in production ({number}) was trained on: {notice}"
CARD_TITLE = "The model card of version {number}"
NO_CARD = "No version is in production yet, so there is no model card."
API_TITLE = "For programs"
API = "Everything on this page is also a REST API, and a small typed Python client speaks it."

# --- batch ------------------------------------------------------------------------------------------------------

BATCH_TITLE = "Many photos at once"
BATCH_LEAD = "Choose several photos or a ZIP. Each is answered for itself; one that can't be used spoils no other."
BATCH_UPLOAD = f"Photos ({formats.NAMES}) or a ZIP of photos"
BATCH_PRIVACY = (
    "Your photos go to the model and are forgotten once they are answered. The small pictures in the table are in your "
    "browser only."
)
BATCH_ASKING = "{done} of {count} photos answered"
BATCH_SENDING = "The photos are on their way …"
BATCH_AGAIN = "Ask about other photos"
BATCH_DONE = "{answered} of {count} photos answered, {failed} couldn't be used."
BATCH_FILTER = "Show"
BATCH_ALL = "All"
BATCH_FAILED = Badge("Not usable", "red", ":material/broken_image:")
BATCH_CSV, BATCH_JSON = "Download CSV", "Download JSON"
BATCH_TABLE = {
    "caption": "What the model says of each photo",
    "heads": ["Photo", "File", "Answer", "Most like", "Confidence", "In a sentence"],
    "none": "No photo in this table has this answer.",
}
BATCH_TABLE_ALT = "Thumbnail of {name}"
