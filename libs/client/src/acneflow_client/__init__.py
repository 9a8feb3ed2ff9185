"""The typed Python client of the gateway's REST API."""
