"""What robots.txt and X-Robots-Tag allow."""

import pytest

from scraper.errors import SiteUnavailableError
from scraper.http.robots import rules_from, tags_forbid

URL = "http://atlas.example/robots.txt"
ROBOTS = b"""
User-agent: *
Disallow: /members/
Crawl-delay: 2.5

User-agent: Greedy
Disallow: /
"""


def test_rules_and_delay_are_those_for_our_name() -> None:
    rules = rules_from(URL, 200, ROBOTS)
    assert rules.allows("http://atlas.example/images/Rosacea")
    assert not rules.allows("http://atlas.example/members/1.jpg")
    assert rules.crawl_delay_s == 2.5


def test_a_rule_that_names_us_counts_before_the_general_one() -> None:
    rules = rules_from(URL, 200, ROBOTS + b"\nUser-agent: acneflow\nDisallow: /images/\n")
    assert not rules.allows("http://atlas.example/images/Rosacea")
    assert rules.allows("http://atlas.example/members/")


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_without_robots_txt_forbids_nothing(status: int) -> None:
    rules = rules_from(URL, status, b"User-agent: *\nDisallow: /")
    assert rules.allows("http://atlas.example/anything")
    assert rules.crawl_delay_s == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_that_cant_say_forbids_everything(status: int) -> None:
    with pytest.raises(SiteUnavailableError, match=rf"robots.txt answered {status}"):
        rules_from(URL, status, b"")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<html>not robots</html>", b"Crawl-delay: soon"])
def test_a_robots_txt_that_says_nothing_forbids_nothing(body: bytes) -> None:
    rules = rules_from(URL, 200, body)
    assert rules.allows("http://atlas.example/a")
    assert rules.crawl_delay_s == 0


@pytest.mark.parametrize(
    "headers", [["noai"], ["NoIndex, nofollow"], ["acneflow: noimageai"], ["all", "noimageindex"], ["none"]]
)
def test_tags_that_forbid_collecting_are_heeded(headers: list[str]) -> None:
    assert tags_forbid(headers)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["all"],
        ["nofollow"],
        ["otherbot: noindex, noai"],
        ["unavailable_after: 25 Jun 2030 15:00:00 PST"],
        ["max-snippet: 50, nofollow"],
    ],
)
def test_tags_for_others_or_about_other_things_arent(headers: list[str]) -> None:
    assert not tags_forbid(headers)


def test_a_directive_with_a_value_hides_no_other_one() -> None:
    assert tags_forbid(["max-snippet: 50, noai"])
