"""The page Data: the dataset in figures and pictures, and the corrections. Only `app.py` opens it."""
