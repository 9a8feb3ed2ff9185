"""`python -m init`: the database's tables, the pools, and, where Airflow keeps users, their roles and rights.

In the embedded setting Airflow's simple manager reads its one user from a file, so there is nothing to do about users.
"""

import os

from airflow.configuration import conf
from airflow.utils.db import upgradedb

from init.pools import make_pools

FAB = "FabAuthManager"


def main() -> None:
    """Do it all; an error ends it."""
    upgradedb()
    make_pools()
    if conf.get("core", "auth_manager").endswith(FAB):
        from init.access import AccessSettings, grant_access  # noqa: PLC0415 - only the container image has it

        grant_access(AccessSettings(_secrets_dir=os.environ.get("ACNEFLOW_SECRETS")))


if __name__ == "__main__":
    main()
