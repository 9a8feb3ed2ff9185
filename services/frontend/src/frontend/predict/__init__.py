"""The page Predict: one photo in, its answer, its picture with the map over it, and the correction.

Only `app.py` opens it; no other page imports it.
"""
