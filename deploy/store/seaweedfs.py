"""Runs SeaweedFS as the stack's object store, with the users whose keys it is given.

Only S3 is open to other containers: what else SeaweedFS listens on asks nobody for a key, so it stays on loopback.
`ACNEFLOW_STORE_ACCESS_KEY` and `…_SECRET_KEY` are the administrator's, `ACNEFLOW_<USER>_STORE_…` the others'; each is a
variable, or a file of that name in small letters in the folder that `ACNEFLOW_SECRETS` names.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from policies import identities, users

POLICIES = Path(__file__).with_name("policies")
DATA = Path("/data")
IDENTITIES = Path("/tmp/identities.json")  # noqa: S108 - a tmpfs of this container's own
WEED = Path("/app/bin/weed")
VOLUME_SIZE_MB = 1024
"""Each bucket gets volumes of its own, and there are no more than fit on the free disk at this size."""


def main() -> None:
    """Write the users' file and become SeaweedFS."""
    IDENTITIES.touch(mode=0o600)
    IDENTITIES.write_text(json.dumps(identities(POLICIES, os.environ["ACNEFLOW_BUCKET"], dict(_keys(_given())))))
    options = {
        "dir": DATA,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.telemetry": "false",
        "master.electionTimeout": "1s",
        "master.volumeSizeLimitMB": VOLUME_SIZE_MB,
        "volume.max": 0,
        "volume.preStopSeconds": 0,
        "filer.localSocket": "/tmp/filer.sock",  # noqa: S108
        "s3.localSocket": "/tmp/s3.sock",  # noqa: S108
        "s3.ip.bind": "0.0.0.0",  # noqa: S104 - the container's own address
        "s3.port": 9000,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": IDENTITIES,
    }
    flags = [f"-{name}={value}" for name, value in options.items()]
    os.execv(WEED, [str(WEED), "-logtostderr=true", "server", "-s3", *flags])  # noqa: S606 - so that signals reach it


def _given() -> dict[str, str]:
    """What files say, and variables, which go before them."""
    folder = os.environ.get("ACNEFLOW_SECRETS")
    files = Path(folder).glob("acneflow_*_key") if folder else ()
    return {file.name.upper(): file.read_text() for file in files} | dict(os.environ)


def _keys(given: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    yield "root", (given["ACNEFLOW_STORE_ACCESS_KEY"], given["ACNEFLOW_STORE_SECRET_KEY"])
    for name in users(POLICIES):
        prefix = f"ACNEFLOW_{name.upper()}_STORE"
        if f"{prefix}_ACCESS_KEY" in given:
            yield name, (given[f"{prefix}_ACCESS_KEY"], given[f"{prefix}_SECRET_KEY"])


if __name__ == "__main__":
    main()
