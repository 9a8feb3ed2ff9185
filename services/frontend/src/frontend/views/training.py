"""Training: start a run, watch it, and see what came of earlier ones."""

from frontend import words
from frontend.airflow_card import show_airflow
from frontend.calm import calmly
from frontend.header import show_header
from frontend.run_history import show_history
from frontend.run_live import show_run
from frontend.run_start import show_start


def main() -> None:
    """Each part by itself: an Airflow that is away still shows that it is, and how to start it."""
    show_header(words.TRAINING_TITLE, words.TRAINING_LEAD)
    calmly(show_airflow, show_start, show_run, show_history)


main()
