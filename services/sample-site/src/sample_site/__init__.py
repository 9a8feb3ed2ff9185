"""A synthetic atlas with dermnet.com's page structure, for demos and tests.

Read `atlas` for what the site shows (cases, galleries, and the dirt that a scraper has to cope with), `server` for
how it is served, and `studio` for how a photo comes about: `body` → `lesions` → `light` → `camera`.
Nothing here is a photograph of anybody, and every page and every picture says so.
"""
