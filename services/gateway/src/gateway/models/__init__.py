"""`/v1/models`: versions, channels, traffic, and moving them."""
