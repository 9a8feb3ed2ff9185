"""`/v1/datasets`: what went into a dataset, and its pictures. Imported by `http` alone."""
