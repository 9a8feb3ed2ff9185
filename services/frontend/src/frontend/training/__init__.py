"""The page Training: Airflow's state, runs, and the form that starts one. Only `app.py` opens it."""
