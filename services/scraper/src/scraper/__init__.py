"""Images from a source into the store.

Read `scrape` for what one run does; `sources.protocol` for what a source is; `fetcher` for how a site is treated
(`robots`, `retry`, `pacing`), `admission` for which images are taken, `snapshot` for when there is something new.
"""
