"""What the REST API takes and answers, defined once for the gateway, which sends it, and the client, which reads it.

A file per thing that people ask for: `predict` (also the health checks), `models`, `runs` (and Airflow), `datasets`,
`feedback`, `problems`. Imported by the gateway and by `acneflow_client` alone; no I/O.
"""
