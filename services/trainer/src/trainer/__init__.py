"""Dataset, run, model version, channel."""
