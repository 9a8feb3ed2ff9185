"""Which IP addresses a guarded fetch may connect to. Pure rules; no name is resolved here."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

METADATA = frozenset(
    ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16")
)
"""Where clouds hand out a machine's credentials (AWS, GCP, Azure; ECS; AWS over IPv6; Alibaba; Azure's host)."""

LOCAL_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
)
"""Loopback (RFC 1122), private (RFC 1918), shared (RFC 6598), unique local (RFC 4193)."""

NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is really spoken to."""


def why_refused(address: str, *, local: bool) -> str | None:
    """Why nothing may be fetched from an address; None if it may.

    `local` allows loopback and private addresses; those of metadata services are never allowed.
    """
    ip = _inner(ip_address(address))
    if ip in METADATA or ip.is_link_local:
        return "a link-local address or that of a metadata service"
    if any(ip in network for network in LOCAL_NETWORKS):
        return None if local else "a private or loopback address"
    if ip.is_multicast or ip.is_reserved or not ip.is_global:
        return "no address of the public internet"
    return None


def _inner(ip: Address) -> Address:
    """The IPv4 address that an IPv6 one wraps (mapped, NAT64, 6to4, Teredo), or the address itself."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
