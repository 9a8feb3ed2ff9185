"""Steps as containers: the operator, the container that it follows, its settings, and what removes orphans.

Needs Docker's client, which only Airflow's image has: others import it only where steps are containers.
"""
