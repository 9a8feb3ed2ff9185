"""TensorFlow Serving's API: gRPC, REST with JSON, metadata, reflection. Thin: the registry and the predictor decide.

Only `server.serve` imports it, and REST and reflection only when they are asked for.
"""
