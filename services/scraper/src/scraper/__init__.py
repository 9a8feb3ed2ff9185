"""Images from a source into the store."""
