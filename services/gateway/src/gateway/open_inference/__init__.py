"""`/v2`: the Open Inference Protocol, version 2 (KServe's and Triton's), on top of `predict`.

Imported by `http` alone.
"""
