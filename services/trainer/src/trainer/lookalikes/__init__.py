"""Which pictures look alike: fingerprints, a fast search for near-duplicates, and an audit of anybody's split.

Imports nothing of the other rooms, and needs no store.
"""
