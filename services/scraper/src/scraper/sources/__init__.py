"""Where images come from: one file for each kind of source, and `catalogue` for their names."""
