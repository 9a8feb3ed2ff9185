"""What a version says about how it came about: the code's commit and the libraries' versions."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from trainer.network.tensorflow import keras, tf


def libraries() -> dict[str, str]:
    """Name → version of what decides a run's numbers."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        **{name: version(name) for name in ("ai-edge-litert", "numpy", "pillow")},
    }


def checked_out_commit() -> str | None:
    """The commit of the checkout that this code runs from; None where there is none."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()
