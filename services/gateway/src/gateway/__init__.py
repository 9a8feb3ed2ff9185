"""REST in, gRPC out; pipeline control."""
