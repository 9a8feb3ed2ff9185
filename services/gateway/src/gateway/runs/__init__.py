"""`/v1/pipeline`: training runs, started, followed and stopped.

`service` does it through `airflow.client`; `progress` is pure: how far a run is, and what came of it.
Imported by `http`, and by `feedback`, which announces new images.
"""
