"""`/v1/models/{name}/drift`: how far what people ask about is from what the model was validated on.

`summaries` writes what is known of each prediction to the store in `batches`; `measure` is the step that compares them
with the model's reference; `latest` reads its result for `models` and the metrics. `predict` imports `summaries`.
"""
