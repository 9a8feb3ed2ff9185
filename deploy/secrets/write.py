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
OUR_UID = 10001
"""The user of all our images."""
GRAFANA_UID = 472
SERVICES = ("scraper", "trainer", "serving", "gateway")
"""Whose containers Airflow starts, each with its own key of the store."""
STORE_USERS = (*SERVICES, "airflow")


@dataclass(frozen=True)
class SecretVolume:
    """A volume and what goes into it: the name of a file → a secret."""

    name: str
    files: Mapping[str, str]
    owner: int = OUR_UID
    group: int = OUR_UID


def main() -> None:
    """Write them; what was there is replaced, and what isn't set any more goes."""
    for volume in volumes(os.environ):
        path = ROOT / volume.name
        for name, value in volume.files.items():
            if value:
                _write(path / name, value, volume)
            else:
                (path / name).unlink(missing_ok=True)


def volumes(given: Mapping[str, str]) -> Iterator[SecretVolume]:
    """Who gets what."""
    yield SecretVolume("postgres-secrets", {"password": given["ACNEFLOW_POSTGRES_PASSWORD"]}, owner=0, group=0)
    yield SecretVolume(
        "grafana-secrets", {"password": given["ACNEFLOW_GRAFANA_PASSWORD"]}, owner=GRAFANA_UID, group=GRAFANA_UID
    )
    # read by MinIO as a root without capabilities, and by our programs as their group
    users = [variable for user in STORE_USERS for variable in _key_pair(f"{user.upper()}_STORE")]
    yield SecretVolume("store-secrets", _as_files(given, *_key_pair("STORE"), *users), owner=0)
    for service in SERVICES:
        theirs = dict(zip(_key_pair("STORE"), _key_pair(f"{service.upper()}_STORE"), strict=True))
        yield SecretVolume(f"{service}-keys", {own.lower(): given[variable] for own, variable in theirs.items()})
    yield SecretVolume(
        "gateway-secrets",
        {
            "acneflow_store_access_key": given["ACNEFLOW_GATEWAY_STORE_ACCESS_KEY"],
            "acneflow_store_secret_key": given["ACNEFLOW_GATEWAY_STORE_SECRET_KEY"],
            "acneflow_airflow_password": given["ACNEFLOW_AIRFLOW_GATEWAY_PASSWORD"],
            **_as_files(given, "ACNEFLOW_ADMIN_KEY", "ACNEFLOW_GATEWAY_SECRET"),
        },
    )
    yield SecretVolume("frontend-secrets", _as_files(given, "ACNEFLOW_FRONTEND_API_KEY"))
    accounts = ("ACNEFLOW_AIRFLOW_PASSWORD", "ACNEFLOW_AIRFLOW_GATEWAY_PASSWORD")
    yield SecretVolume("airflow-init-secrets", _as_files(given, *accounts))
    yield SecretVolume("airflow-secrets", _airflow_secrets(given))


def _airflow_secrets(given: Mapping[str, str]) -> dict[str, str]:
    database, secret = given["ACNEFLOW_POSTGRES_PASSWORD"], given["ACNEFLOW_AIRFLOW_SECRET"]
    return {
        "sql_alchemy_conn": f"postgresql+psycopg2://airflow:{quote(database, safe='')}@postgres:5432/airflow",
        "fernet_key": base64.urlsafe_b64encode(_derived_key(secret, "fernet")).decode(),
        "secret_key": _derived_key(secret, "session").hex(),
        "jwt_secret": secret,
        "connections.json": json.dumps({"logs": _log_store_connection(given)}),
        # addresses that let in whoever knows them
        **_as_files(given, *(f"ACNEFLOW_NOTIFY_{kind}_URL" for kind in ("WEBHOOK", "SLACK", "SMTP"))),
    }


def _log_store_connection(given: Mapping[str, str]) -> dict[str, object]:
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


def _key_pair(prefix: str) -> tuple[str, str]:
    return f"ACNEFLOW_{prefix}_ACCESS_KEY", f"ACNEFLOW_{prefix}_SECRET_KEY"


def _as_files(given: Mapping[str, str], *variables: str) -> dict[str, str]:
    """Variables as files of their names in small letters, as our programs look for them."""
    return {variable.lower(): given.get(variable, "") for variable in variables}


def _derived_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose of a secret."""
    return hashlib.sha256(f"{purpose}:{secret}".encode()).digest()


def _write(path: Path, value: str, volume: SecretVolume) -> None:
    new = path.with_name(f".{path.name}")
    new.unlink(missing_ok=True)
    new.touch(mode=0o400)
    # without DAC_OVERRIDE even root writes only what it owns, so the owner comes last
    new.chmod(0o600)
    new.write_text(value)
    new.chmod(0o440)
    os.chown(new, volume.owner, volume.group)
    new.replace(path)


if __name__ == "__main__":
    main()
