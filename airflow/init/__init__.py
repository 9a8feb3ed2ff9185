"""Brings Airflow's database to where this release expects it, before anything else of Airflow starts: `python -m init`.

It may run any number of times, and changes nothing that is right already.
"""
