"""How a site is asked: robots.txt, distances, repetitions, conditional requests.

`fetcher` is its face and the only module of the scraper that speaks HTTP; the others are pure rules. Imported by
`crawl` and `sources`.
"""
