"""The page Model: channels, versions, their evaluations, and what admins do with them. Only `app.py` opens it."""
