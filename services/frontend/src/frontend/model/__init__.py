"""The page Model: channels, versions and their evaluations, and what admins do with them.

Only `app.py` opens it; no other page imports it.
"""
