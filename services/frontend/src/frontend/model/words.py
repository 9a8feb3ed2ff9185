"""Model's strings."""

TITLE = "The model, version by version"
LEAD = "What is in production, how each version was judged, and how any two of them compare."
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
TABS = (
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
    "The gate held version {candidate} against version {held.version} on {held.images} images new to both: macro-F1 "
    "difference {held.difference}, at most {held.margin} worse was accepted."
)
DECISION_SHARES = (
    "Of the test images {confident} get a confident answer ({right} of these are right), {uncertain} are uncertain and "
    "{unsupported} unsupported."
)
CHECKS = "The gate's checks"
CHECKS_HEADS = ("Check", "Result", "What was found")
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
DRIFT = "Drift"
DRIFT_LINE = "Version {number}, {predictions} predictions of the last seven days: {verdict}"
DRIFTED = "**they come from another population** than the one it was validated on."
NOT_DRIFTED = "no drift was found."
DRIFT_MEASURED = "Measured {when}."
NO_DRIFT_MEASURED = (
    "Nothing can be compared yet: drift wasn't measured since this version went into production, there were no "
    "predictions, or the version was published without a reference."
)
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
CONFIRM_PROMOTE = "Version {number} will answer people in place of version {production}, within seconds."
CONFIRM_REJECT = "Version {number} won't be a candidate any more. Version {production} goes on answering."
CONFIRM_ROLL_BACK = "Version {number} will answer people again in place of version {production}."
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


def version(number: int) -> str:
    return VERSION.format(number=number)
