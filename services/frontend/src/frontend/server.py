"""What the command `frontend` becomes: Streamlit's own command, with Python's garbage collected by a clock.

Streamlit would collect all garbage after every run, which took most of the page's CPU time: nearly all that it looks
at was imported and never is garbage. `.streamlit/config.toml` turns that off; here the imports are set aside, and the
rest, which takes milliseconds, is collected every few seconds. Python alone would keep a photo that went to the gateway
(httpx ties a request and its answer in a circle) until enough other garbage has come together.
"""

import gc
import threading
import time

import numpy  # noqa: F401 - imported before the collector sets aside what is there, as the next three
import PIL.Image  # noqa: F401
import streamlit.web.cli

import acneflow_client  # noqa: F401
import imaging  # noqa: F401

COLLECT_EVERY_S = 5.0


def _collect() -> None:
    while True:
        time.sleep(COLLECT_EVERY_S)
        gc.collect()


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    threading.Thread(target=_collect, name="garbage", daemon=True).start()
    streamlit.web.cli.main(prog_name="streamlit")
