"""The page Training: Airflow's state, a run step by step, earlier runs, and the form that starts one.

Only `app.py` opens it; no other page imports it.
"""
