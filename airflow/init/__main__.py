"""`python -m init`: the database's tables, the pools, and, where Airflow keeps users, their roles and rights.

In the embedded setting Airflow's simple manager reads its one user from a file, so there is nothing to do about users.
"""

import os

from airflow.configuration import conf
from airflow.models.pool import Pool
from airflow.utils.db import upgradedb
from airflow.utils.session import create_session
from sqlalchemy import select

FAB = "FabAuthManager"
POOLS = {"training": (1, "Steps that take a machine's cores or GPU for long: one at a time.")}
"""Slots and description, by name. Slots that someone has changed stay as they are."""


def main() -> None:
    """Do it all; an error ends it."""
    upgradedb()
    make_pools()
    if conf.get("core", "auth_manager").endswith(FAB):
        from init.access import AccessSettings, grant_access  # noqa: PLC0415 - only the container image has it

        grant_access(AccessSettings(_secrets_dir=os.environ.get("ACNEFLOW_SECRETS")))


def make_pools() -> None:
    """Make the pools that are missing."""
    with create_session() as session:
        there = set(session.scalars(select(Pool.pool)))
        for name, (slots, description) in POOLS.items():
            if name not in there:
                session.add(Pool(pool=name, slots=slots, description=description, include_deferred=False))


if __name__ == "__main__":
    main()
