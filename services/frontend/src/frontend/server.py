"""What the command `frontend` becomes: Streamlit's own command, with an eye on its memory."""

import numpy  # noqa: F401 - imported now, so that no visitor waits for it and no collection looks at it
import PIL.Image  # noqa: F401 - the same
import streamlit.web.cli

import acneflow_client  # noqa: F401 - the same
import imaging  # noqa: F401 - the same
from frontend.memory import look_after_memory

if __name__ == "__main__":
    look_after_memory()
    streamlit.web.cli.main(prog_name="streamlit")
