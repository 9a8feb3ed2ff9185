"""The embedded setting: every service as a plain process on one machine."""
