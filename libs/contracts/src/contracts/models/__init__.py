"""A model's versions: what they are made of, what they take and give out, which one serves, how answers are decided."""
