"""What a source's scrapes remember (`database`), where it is kept (`checkpoint`), and what they publish (`snapshot`).

Imported by `crawl` and `report`. Knows nothing of HTTP.
"""
