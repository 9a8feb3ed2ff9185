"""Where images come from: `protocol` says what a source is and what adding one takes, `catalogue` opens one.

Each source has a module of its name; `atlas`, `table` and `reading` are what several share. Imported by `crawl`,
`state` and `cli`.
"""
