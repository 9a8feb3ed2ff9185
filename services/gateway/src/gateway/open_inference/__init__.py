"""The Open Inference Protocol, version 2 (KServe's and Triton's), on top of `predict`."""
