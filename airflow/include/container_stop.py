"""Stops and removes one container, as a process of its own: `python -m include.container_stop <engine> <id>`.

It outlives the task that starts it, which Airflow gives 5 s to end.
"""

import sys

from docker import APIClient

from include.container import StepContainer

if __name__ == "__main__":
    url, container_id = sys.argv[1:]
    container = StepContainer(APIClient(url), container_id)
    container.stop()
    container.remove()
