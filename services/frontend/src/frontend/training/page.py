"""Training: start a run, watch it, and see what came of earlier ones."""

from frontend.training.airflow import show_airflow
from frontend.training.history import show_history
from frontend.training.run import show_run
from frontend.training.start import show_start
from frontend.ui import words
from frontend.ui.errors import calmly
from frontend.ui.header import show_header


def main() -> None:
    """Each part by itself: an Airflow that is away still shows that it is, and how to start it."""
    show_header(words.TRAINING_TITLE, words.TRAINING_LEAD)
    calmly(show_airflow, show_start, show_run, show_history)


main()
