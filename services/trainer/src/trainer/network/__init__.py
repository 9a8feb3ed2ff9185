"""The network: its architectures, the weights it starts from, and what its frozen part sees in each image.

`tensorflow` is the only module that imports TensorFlow; whoever needs no graph doesn't pay for it. Used by `fit`,
`export` and `judge`; imports none of them.
"""
