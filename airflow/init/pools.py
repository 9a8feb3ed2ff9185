"""The pools that limit how many tasks of a kind run at a time."""

from airflow.models.pool import Pool
from airflow.utils.session import create_session
from sqlalchemy import select

POOLS = {"training": (1, "Steps that take a machine's cores or GPU for long: one at a time.")}
"""Slots and description, by name. Slots that someone has changed stay as they are."""


def make_pools() -> None:
    """Make the pools that are missing."""
    with create_session() as session:
        there = set(session.scalars(select(Pool.pool)))
        for name, (slots, description) in POOLS.items():
            if name not in there:
                session.add(Pool(pool=name, slots=slots, description=description, include_deferred=False))
