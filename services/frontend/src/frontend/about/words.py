"""About's strings."""

from contracts.run_parameters import PARAMETERS

TITLE = "About"
LEAD = "What this is for, what it isn't, and what happens to your photo."
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
LICENCES_TITLE = "Where the images come from"
LICENCES = "\n".join(
    [
        "| Source | Licence | Used |",
        "|---|---|---|",
        *(f"| {each.name} | {each.licence} | {each.used} |" for each in PARAMETERS.sources.values()),
        "| DermNet NZ | forbids training | never |",
    ]
)
TRAINED_ON = "The version in production ({number}) was trained on: {notice}"
CARD_TITLE = "The model card of version {number}"
NO_CARD = "No version is in production yet, so there is no model card."
API_TITLE = "For programs"
API = "Everything on this page is also a REST API, and a small typed Python client speaks it."
