"""The network: its architectures, the weights it starts from, and what its frozen part sees in each image.

TensorFlow is imported by way of `tensorflow` alone; whoever needs no graph doesn't pay for it. Used by `fit`, `export`
and `judge`; imports none of them but `export.litert`, by which the frozen part is converted.
"""
