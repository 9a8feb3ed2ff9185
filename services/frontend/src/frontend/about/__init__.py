"""The page About. Only `app.py` opens it; no other page imports it."""
