"""An Airflow as the embedded stack runs it, with stand-ins for the steps, for a test in another environment.

`python serve.py <folder>` prints a line of JSON (url, username, password, commands) when it's ready, and stops when its
standard input ends.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import standin
from support.embedded import EmbeddedAirflow

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    commands = standin.install(folder / "commands")
    airflow = EmbeddedAirflow(folder / "home", commands, {})
    try:
        airflow.start()
        print(json.dumps(airflow.door | {"commands": str(commands)}), flush=True)
        sys.stdin.read()
    finally:
        airflow.stop()
