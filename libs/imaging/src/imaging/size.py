"""The one picture size, and the name of the way to it."""

INPUT_SIDE_PX = 224

PREPROCESSING = "stretch-224-bilinear-antialias/1"
"""Changes whenever `read_pixels` would give other pixels; a model only serves with the one it was trained with."""
