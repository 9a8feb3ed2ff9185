"""The strings that several pages show."""

from typing import Literal, NamedTuple

from acneflow_client import Decision

Colour = Literal["green", "orange", "gray", "blue", "red", "violet"]


class Badge(NamedTuple):
    name: str
    colour: Colour
    icon: str


TITLE = "Acneflow"
PAGES = {name: name.capitalize() for name in ("predict", "batch", "model", "training", "data", "about")}
FOOT = "Acneflow is not a medical device and gives no diagnosis. Photos are answered and forgotten."
NOT_A_DIAGNOSIS = (
    "**Not a diagnosis.** A statistical model answers here, and it can be wrong; only a clinician who sees the skin "
    "can tell what it is."
)
SYNTHETIC = "Synthetic"
NONE = "none"

SIGN_IN, SIGN_OUT = "Sign in", "Sign out"
SIGNED_IN = "Signed in"
SIGNED_IN_MEANING = "Your key is kept in this tab's session only. Sign out to drop it at once."
SIGN_IN_NEEDED = "Sign in to see this"
KEY = "API key"
KEY_HELP = "The operator gives out keys. Yours stays in this tab's session and is stored nowhere."
KEY_REFUSED_TITLE = "The gateway doesn't accept your key for this"
KEY_REFUSED = "It may be mistyped, withdrawn, or not an admin's. Sign out, and sign in with another one."

GATEWAY_AWAY = "The gateway doesn't answer."
AWAY_TITLE = "The service can't answer right now"
AWAY = "{reason} This page tries again by itself; there is no need to reload it."
BUSY_TITLE = "Many people are asking right now"
BUSY = "{reason} Nothing is lost: this page asks again by itself in a moment."
NOT_NOW_TITLE = "That can't be done"
REFUSED = "This photo can't be used"
FAULT = "The page got an answer that it doesn't understand"
RETRY = "Try again now"

BADGES = {
    Decision.CONFIDENT: Badge("Confident", "green", ":material/check_circle:"),
    Decision.UNCERTAIN: Badge("Uncertain", "orange", ":material/help:"),
    Decision.UNSUPPORTED: Badge("No answer", "gray", ":material/block:"),
}

PASSED, FAILED = "passed", "failed"
DRIFT_NOTE = (
    "How far what the model is asked now has moved from what it was tested on: population stability index, below {low} "
    "stable, from {high} another population."
)
DRIFT_HEADS = ("What", "PSI", "Meaning")
DRIFT_NAMES = {"labels": "Shares of the classes", "side_px": "Shorter side"}
DRIFT_STABLE, DRIFT_MOVED, DRIFT_OTHER = "stable", "has moved", "another population"
CONFIRM = "Are you sure?"
REASON, REASON_HELP = "Reason", "It stands in the model's history."
DO_IT, LEAVE_IT = "Yes, do it", "No, leave it"

GALLERY = {"show": "Show", "hide": "Blur again"}
