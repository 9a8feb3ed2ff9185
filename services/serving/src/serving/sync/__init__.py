"""The sync sidecar: from the store's channels to what the model server serves.

`sidecar` is the loop; `plan` decides, without any I/O; `download`, `volume` and `report` act. Only the command line
(`serving.cli`) and `verify` import it.
"""
