"""`/v1/drift`: summaries of predictions, and how far they are from what the model was validated on."""
