"""Airflow, as the gateway knows it.

`client` is its REST API over `connection`; `starter` starts its processes where they are stopped, through supervisord
or Docker; `routes` is `/v1/airflow`. Imported by `runs` and `http`.
"""
