"""Airflow's REST API, and how Airflow itself is started where it doesn't run."""
