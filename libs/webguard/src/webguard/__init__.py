"""Which addresses may be fetched, and how much of them."""
