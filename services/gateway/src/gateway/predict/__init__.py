"""`POST /v1/predict`: a photo in, an answer out.

`routes` and `request_photo` are the HTTP side, `service` is the core: `admission` decides who gets a slot,
`model_server` asks over gRPC, `descriptions` reads a version's classes and thresholds. `batch` and
`open_inference` are other ways to `service`; `feedback` imports `prediction_id`.
"""
