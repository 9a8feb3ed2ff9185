"""Images from a source into the store.

- `crawl`: one scrape from beginning to end; read `crawl.scrape` first.
- `http`: how a site is asked.
- `state`: what scrapes remember, and the snapshots they publish.
- `sources`: where images come from; `sources.protocol` says what a source is.
- `cli`, `settings`, `errors`, and the HTML `report` of a snapshot.
"""
