"""The page Predict: a photo, its answer, the map over it, and the correction. Only `app.py` opens it."""
