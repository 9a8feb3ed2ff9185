"""`POST /v1/predict/batch`: many photos of one request, as a form or a ZIP; each goes through `predict`.

Imported by `http` alone.
"""
