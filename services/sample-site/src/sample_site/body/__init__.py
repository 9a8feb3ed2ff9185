"""The parts of a body that conditions are drawn on: a face seen from in front, a back, and a skin fold.

Coordinates are millimetres. A face has its origin at the tip of the nose; a back and a fold have theirs in the middle.
"""
