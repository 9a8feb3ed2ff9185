"""Text from elsewhere for places that take Markdown: shown as it stands, whatever it contains."""

import re

_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]()#+.!|$:<>~-])")


def plain(text: str) -> str:
    """`text` with everything escaped that Streamlit's Markdown would take for more than text."""
    return _MEANS_SOMETHING.sub(r"\\\1", text)
