"""The step `train`: a dataset → a finished run. Start in `train`.

Imports `data` (rows of a dataset), `network` and `judge.metrics`. `judge` reads a run's files by `run_folder`.
"""
