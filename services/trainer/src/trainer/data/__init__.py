"""The step `prepare`: images of snapshots and corrections → a checked dataset. Start in `prepare`.

Imports `lookalikes` and the modules beside the rooms; never TensorFlow. `fit` and `judge` read datasets by `datasets`.
"""
