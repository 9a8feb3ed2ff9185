"""`POST /v1/predict`: a photo in, an answer out. Its route, its service, admission, and the model server's client."""
