"""Which addresses may be fetched: rules without a network."""

import pytest
from yarl import URL

from webguard import AddressRefusedError, Policy, UrlRefusedError, site_of
from webguard.addresses import why_refused

PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]
LOCAL = [
    *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1", "100.64.0.1"),
    *("::1", "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
]
NEVER = [
    *("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"),
    *("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "2002:a9fe:a9fe::"),
    *("0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "2001:db8::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_fetched_from(address: str) -> None:
    assert why_refused(address, local=False) is None
    assert why_refused(address, local=True) is None


@pytest.mark.parametrize("address", LOCAL)
def test_local_addresses_need_a_site_named_as_local(address: str) -> None:
    assert why_refused(address, local=False) is not None
    assert why_refused(address, local=True) is None


@pytest.mark.parametrize("address", NEVER)
def test_metadata_services_and_unroutable_addresses_are_never_fetched_from(address: str) -> None:
    assert why_refused(address, local=False) is not None
    assert why_refused(address, local=True) is not None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a.jpg",
        "file:///etc/passwd",
        "http://example.com/a.jpg",
        "http://example.org.evil.net/",
        "http://example.org:8080/",
        "http://user:secret@example.org/",
        "http://127.0.0.1/",
    ],
)
def test_what_isnt_on_the_list_is_refused(url: str) -> None:
    with pytest.raises(UrlRefusedError) as refused:
        Policy(sites=frozenset({"example.org"})).check_url(URL(url))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://example.org/a", "https://EXAMPLE.org/a", "https://example.org.:443/a"])
def test_a_listed_site_is_fetched_on_its_default_ports_however_it_is_written(url: str) -> None:
    Policy(sites=frozenset({"example.org"})).check_url(URL(url))


def test_an_ip_literal_needs_to_be_listed_and_allowed() -> None:
    # how such an address is spelled differs between Python's releases
    mapped = site_of("http://[::ffff:169.254.169.254]/")
    listed = Policy(sites=frozenset({"127.0.0.1:8600", mapped}))
    with pytest.raises(AddressRefusedError, match="private or loopback"):
        listed.check_url(URL("http://127.0.0.1:8600/"))
    with pytest.raises(AddressRefusedError, match="metadata"):
        listed.check_url(URL("http://[::ffff:169.254.169.254]/latest/meta-data"))
    Policy(frozenset(), local_sites=frozenset({"127.0.0.1:8600"})).check_url(URL("http://127.0.0.1:8600/"))


def test_a_local_site_is_local_on_its_own_port_only() -> None:
    policy = Policy(frozenset({"store:9000"}), local_sites=frozenset({"site:8600"}))
    policy.check_address("site", 8600, "172.20.0.2")
    with pytest.raises(AddressRefusedError):
        policy.check_address("store", 9000, "172.20.0.3")
    with pytest.raises(AddressRefusedError):
        policy.check_address("site", 9000, "172.20.0.2")


def test_a_site_is_read_from_its_address() -> None:
    assert site_of("http://127.0.0.1:8600/") == "127.0.0.1:8600"
    assert site_of("https://Example.org:443/x") == "example.org"
    with pytest.raises(ValueError, match="expected an address"):
        site_of("not an address")
