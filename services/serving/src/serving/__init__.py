"""Sync sidecar, TensorFlow Serving's configuration, and the embedded model server."""
