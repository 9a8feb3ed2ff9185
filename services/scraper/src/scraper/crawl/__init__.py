"""A scrape from beginning to end: which addresses are asked, which images are taken, what a run may cost, what it says.

`scrape` is the way through it. Imported by `cli`; `stats` and `memory` by everything that works for a run.
"""
