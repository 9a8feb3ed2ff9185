"""`/v1/feedback`: corrections of predictions, taken in, listed, accepted or dismissed. Imported by `http` alone."""
