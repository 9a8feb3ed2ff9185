"""Writes each program's secrets to files of its own; run once, before the others start.

What stands in a container's environment, `docker inspect` shows, and whatever the container starts inherits; a file is
neither. Each folder under /secrets is a volume, which only its readers mount, read-only, as /run/secrets. The steps
that Airflow starts mount `<service>-keys`, so that Airflow itself never sees those keys.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path("/secrets")
US = 10001
"""The user of all our images."""
GRAFANA = 472
SERVICES = ("scraper", "trainer", "serving", "gateway")
"""Whose containers Airflow starts, each with its own key of the store."""
STORE_USERS = (*SERVICES, "airflow")


@dataclass(frozen=True)
class Folder:
    """A volume and what goes into it: the name of a file → a secret."""

    name: str
    files: Mapping[str, str]
    owner: int = US
    group: int = US


def main() -> None:
    """Write them; what was there is replaced, and what isn't set any more goes."""
    for folder in folders(os.environ):
        path = ROOT / folder.name
        for name, value in folder.files.items():
            if value:
                _write(path / name, value, folder)
            else:
                (path / name).unlink(missing_ok=True)


def folders(given: Mapping[str, str]) -> Iterator[Folder]:
    """Who gets what."""
    yield Folder("postgres-secrets", {"password": given["ACNEFLOW_POSTGRES_PASSWORD"]}, owner=0, group=0)
    yield Folder("grafana-secrets", {"password": given["ACNEFLOW_GRAFANA_PASSWORD"]}, owner=GRAFANA, group=GRAFANA)
    # read by MinIO as a root without capabilities, and by our programs as their group
    users = [variable for user in STORE_USERS for variable in _keys(f"{user.upper()}_STORE")]
    yield Folder("store-secrets", _named(given, *_keys("STORE"), *users), owner=0)
    for service in SERVICES:
        theirs = dict(zip(_keys("STORE"), _keys(f"{service.upper()}_STORE"), strict=True))
        yield Folder(f"{service}-keys", {own.lower(): given[variable] for own, variable in theirs.items()})
    yield Folder(
        "gateway-secrets",
        {
            "acneflow_store_access_key": given["ACNEFLOW_GATEWAY_STORE_ACCESS_KEY"],
            "acneflow_store_secret_key": given["ACNEFLOW_GATEWAY_STORE_SECRET_KEY"],
            "acneflow_airflow_password": given["ACNEFLOW_AIRFLOW_GATEWAY_PASSWORD"],
            **_named(given, "ACNEFLOW_ADMIN_KEY", "ACNEFLOW_GATEWAY_SECRET"),
        },
    )
    yield Folder("frontend-secrets", _named(given, "ACNEFLOW_FRONTEND_API_KEY"))
    accounts = ("ACNEFLOW_AIRFLOW_PASSWORD", "ACNEFLOW_AIRFLOW_GATEWAY_PASSWORD")
    yield Folder("airflow-init-secrets", _named(given, *accounts))
    yield Folder("airflow-secrets", _of_airflow(given))


def _of_airflow(given: Mapping[str, str]) -> dict[str, str]:
    database, secret = given["ACNEFLOW_POSTGRES_PASSWORD"], given["ACNEFLOW_AIRFLOW_SECRET"]
    return {
        "sql_alchemy_conn": f"postgresql+psycopg2://airflow:{quote(database, safe='')}@postgres:5432/airflow",
        "fernet_key": base64.urlsafe_b64encode(_derived(secret, "fernet")).decode(),
        "secret_key": _derived(secret, "session").hex(),
        "jwt_secret": secret,
        "connections.json": json.dumps({"logs": _store_of_logs(given)}),
        # addresses that let in whoever knows them
        **_named(given, *(f"ACNEFLOW_NOTIFY_{kind}_URL" for kind in ("WEBHOOK", "SLACK", "SMTP"))),
    }


def _store_of_logs(given: Mapping[str, str]) -> dict[str, object]:
    """Airflow's connection to the store, as its local secrets backend reads it."""
    return {
        "conn_type": "aws",
        "login": given["ACNEFLOW_AIRFLOW_STORE_ACCESS_KEY"],
        "password": given["ACNEFLOW_AIRFLOW_STORE_SECRET_KEY"],
        "extra_dejson": {
            "endpoint_url": given["ACNEFLOW_STORE_ENDPOINT"],
            "region_name": given["ACNEFLOW_STORE_REGION"],
        },
    }


def _keys(of: str) -> tuple[str, str]:
    return f"ACNEFLOW_{of}_ACCESS_KEY", f"ACNEFLOW_{of}_SECRET_KEY"


def _named(given: Mapping[str, str], *variables: str) -> dict[str, str]:
    """Variables as files of their names in small letters, as our programs look for them."""
    return {variable.lower(): given.get(variable, "") for variable in variables}


def _derived(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose of a secret."""
    return hashlib.sha256(f"{purpose}:{secret}".encode()).digest()


def _write(path: Path, value: str, folder: Folder) -> None:
    new = path.with_name(f".{path.name}")
    new.unlink(missing_ok=True)
    new.touch(mode=0o400)
    # without DAC_OVERRIDE even root writes only what it owns, so the owner comes last
    new.chmod(0o600)
    new.write_text(value)
    new.chmod(0o440)
    os.chown(new, folder.owner, folder.group)
    new.replace(path)


if __name__ == "__main__":
    main()
