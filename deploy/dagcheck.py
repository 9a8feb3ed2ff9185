"""The health check of Airflow's DAG processor: it runs, and has read the training pipeline.

Airflow calls its processor healthy before it has read a single DAG, and its own check takes five seconds of a core.
"""

import sys
from pathlib import Path

import psycopg2
from healthcheck import problem_at

PIPELINE = "CNN-Training-Pipeline"
DATABASE = Path("/run/secrets/sql_alchemy_conn")


def pipeline_is_read() -> bool:
    """Whether the pipeline's DAG has been read."""
    address = DATABASE.read_text().replace("+psycopg2", "")
    with psycopg2.connect(address, connect_timeout=5) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dag WHERE dag_id = %s AND NOT is_stale", (PIPELINE,))
        return cursor.fetchone() == (1,)


if __name__ == "__main__":
    if wrong := problem_at("http://airflow-api-server:8080/api/v2/monitor/health", "dag_processor"):
        sys.exit(wrong)
    sys.exit(None if pipeline_is_read() else f"{PIPELINE} hasn't been read yet")
