"""Data's strings."""

from acneflow_client import Split

TITLE = "What the model learned from"
LEAD = "The dataset of the version in production: what is in it, what was left out, and what has changed."
NO_DATASET = "There is no dataset yet. A training run makes the first one."
FIGURES = ("Images", "Groups (people, cases)", "Classes", "Left out")
MADE = "Dataset {id}, made {at}. {notice}"
COUNTS = "Images by class"
COUNTS_ALT = "Images by class and split. {text}"
COUNTS_HEADS = ("Class", "Training", "Validation", "Test")
SPLITS = {Split.TRAIN: "Training", Split.VALIDATION: "Validation", Split.TEST: "Test"}
TABS = ("Classes", "Pictures", "Duplicates", "Left out", "Skin tones", "Drift", "Checks", "Corrections")
SAMPLES_NEEDED = "Pictures of skin are for admins only."
SAMPLES_NOTE = "They are blurred until you click one."
SAMPLES_NONE = "This dataset's report names no pictures."
SAMPLES_OF = "Pictures of"
SAMPLE_ALT = "A picture labelled {label}"
LOOK_ALIKES = "Look-alikes"
DUPLICATES_TEXT = (
    "{found.sightings} pictures were seen more than once. {found.images} pictures look alike in {found.clusters} sets "
    "({found.near_pairs} pairs); each set stays in one split, so that no test picture was seen in training."
)
NOT_REPORTED = "This dataset's report doesn't tell."
EXCLUDED_HEADS = ("Why", "Images")
DROPPED_HEADS = ("Class left out", "Why")
SKIN_HEADS = ("Skin tone", "How it is known", "Images")
SKIN_KNOWN = {"monk": "recorded by the source", "fitzpatrick": "recorded by the source", "estimated": "estimated"}
SKIN_NAMES = {"monk": "Monk {name}", "fitzpatrick": "Fitzpatrick {name}", "estimated": "{name}"}
SKIN_UNKNOWN = "unknown"
SKIN_NOTE = "An estimate comes from the pixels alone; the light of a photo can shift it by more than a category."
DRIFT = "Held against dataset {drift.previous}: {drift.added} pictures are new, {drift.removed} are gone."
DRIFT_CHANCE = "Two draws of these sizes from one population would differ by {chance} by chance alone."
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
