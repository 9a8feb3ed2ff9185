"""Sync sidecar, TensorFlow Serving's configuration, and the embedded model server.

`sync.sidecar` brings published versions from the store to the model server; `server.serve` is the model server that
stands in for TensorFlow Serving where there is none; `verify` asks whether a version really answers. The sidecar
and the server share a folder and TensorFlow Serving's API, nothing else.
"""
