"""The page Batch: many photos or a ZIP, their answers in a table. Only `app.py` opens it; no other page imports it."""
