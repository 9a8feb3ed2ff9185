"""Writes secrets of MinIO, Postgres, Airflow and Grafana to files, each for its one reader; run once before they start.

What stands in a container's environment, `docker inspect` shows; a file it doesn't.
"""

import base64
import hashlib
import json
import os
from pathlib import Path
from urllib.parse import quote

AIRFLOW_USER = 10001
GRAFANA_USER = 472
STEPS = ("scraper", "trainer", "serving", "gateway")
"""Whose containers the scheduler starts, each with its own key of the store."""


def main() -> None:
    """Write them; what was there is replaced."""
    database, airflow = os.environ["ACNEFLOW_POSTGRES_PASSWORD"], os.environ["ACNEFLOW_AIRFLOW_SECRET"]
    _write(Path("/secrets/store/user"), os.environ["ACNEFLOW_STORE_ACCESS_KEY"], owner=0)
    _write(Path("/secrets/store/password"), os.environ["ACNEFLOW_STORE_SECRET_KEY"], owner=0)
    _write(Path("/secrets/postgres/password"), database, owner=0)
    _write(Path("/secrets/grafana/password"), os.environ["ACNEFLOW_GRAFANA_PASSWORD"], owner=GRAFANA_USER)
    address = f"postgres:5432/{os.environ['POSTGRES_DB']}"
    for name, value in {
        "sql_alchemy_conn": f"postgresql+psycopg2://airflow:{quote(database, safe='')}@{address}",
        "fernet_key": base64.urlsafe_b64encode(_derived(airflow, "fernet")).decode(),
        "secret_key": _derived(airflow, "session").hex(),
        "jwt_secret": airflow,
        "connections.json": json.dumps({"logs": _store_of_logs()}),
    }.items():
        _write(Path("/secrets/airflow") / name, value, owner=AIRFLOW_USER)
    for name in (f"ACNEFLOW_{step.upper()}_STORE_{part}_KEY" for step in STEPS for part in ("ACCESS", "SECRET")):
        _write(Path("/secrets/steps") / name.lower(), os.environ[name], owner=AIRFLOW_USER)


def _store_of_logs() -> dict[str, object]:
    """Airflow's connection to the store, as its local secrets backend reads it."""
    return {
        "conn_type": "aws",
        "login": os.environ["ACNEFLOW_AIRFLOW_STORE_ACCESS_KEY"],
        "password": os.environ["ACNEFLOW_AIRFLOW_STORE_SECRET_KEY"],
        "extra_dejson": {
            "endpoint_url": os.environ["ACNEFLOW_STORE_ENDPOINT"],
            "region_name": os.environ["ACNEFLOW_STORE_REGION"],
        },
    }


def _derived(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose of a secret."""
    return hashlib.sha256(f"{purpose}:{secret}".encode()).digest()


def _write(path: Path, value: str, *, owner: int) -> None:
    new = path.with_name(f".{path.name}")
    new.unlink(missing_ok=True)
    new.touch(mode=0o400)
    # without DAC_OVERRIDE even root writes only what it owns, so the owner comes last
    new.chmod(0o600)
    new.write_text(value)
    new.chmod(0o400)
    os.chown(new, owner, owner)
    new.replace(path)


if __name__ == "__main__":
    main()
