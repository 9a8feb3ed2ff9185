"""`/v1/pipeline`: training runs, started, followed and stopped through `airflow`."""
