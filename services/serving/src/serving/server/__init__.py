"""The embedded model server: TensorFlow Serving's API on LiteRT, without TensorFlow in the process.

`serve` puts it together: `registry` holds the loaded versions, `predictor` answers, `engines` run the networks and
`api` speaks gRPC and REST. Only the command line (`serving.cli`) imports it.
"""
