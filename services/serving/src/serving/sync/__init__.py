"""The sync sidecar: from the store's channels to what the model server serves.

`sidecar` is the loop; `plan` decides, without any I/O; `download`, `volume` and `report` do.
"""
