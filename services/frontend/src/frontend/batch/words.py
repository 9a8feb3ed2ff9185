"""Batch's strings."""

from frontend.ui.words import Badge
from imaging import formats

TITLE = "Many photos at once"
LEAD = "Choose several photos or a ZIP. Each is answered for itself; one that can't be used spoils no other."
UPLOAD = f"Photos ({formats.NAMES}) or a ZIP of photos"
PRIVACY = (
    "Your photos go to the model and are forgotten once they are answered. The small pictures in the table are in your "
    "browser only."
)
ASKING = "{done} of {count} photos answered"
SENDING = "The photos are on their way …"
AGAIN = "Ask about other photos"
DONE = "{answered} of {count} photos answered, {failed} couldn't be used."
FILTER = "Show"
ALL = "All"
NOT_USABLE = Badge("Not usable", "red", ":material/broken_image:")
CSV, JSON = "Download CSV", "Download JSON"
TABLE = {
    "caption": "What the model says of each photo",
    "heads": ["Photo", "File", "Answer", "Most like", "Confidence", "In a sentence"],
    "none": "No photo in this table has this answer.",
}
TABLE_ALT = "Thumbnail of {name}"
