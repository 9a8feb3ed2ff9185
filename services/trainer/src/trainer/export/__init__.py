"""A classifier as files: a SavedModel, LiteRT files in floats and in eight bits. Start in `export`.

Imports `network`. TensorFlow's private modules are used here and nowhere else.
"""
