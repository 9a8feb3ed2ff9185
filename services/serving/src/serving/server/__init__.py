"""The embedded model server: TensorFlow Serving's API on LiteRT, without TensorFlow in the process.

`serve` puts it together: `registry` holds the loaded versions, `predictor` answers, `grpc_face` and `rest_face` speak.
"""
