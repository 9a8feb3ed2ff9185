"""What may be fetched: schemes, hosts and, through `addresses`, what those hosts may stand for."""

from dataclasses import dataclass
from ipaddress import ip_address

from yarl import URL

from webguard.addresses import why_refused
from webguard.errors import AddressRefusedError, UrlRefusedError

DEFAULT_PORTS = (80, 443)


@dataclass(frozen=True, slots=True)
class Policy:
    """An allow-list. Nothing outside it is fetched, wherever a redirect points.

    A site is written as in a URL: `example.org` (its default ports) or `example.org:8443` (that port only).
    """

    sites: frozenset[str]
    """May be fetched if they stand for public addresses."""
    local_sites: frozenset[str] = frozenset()
    """May be fetched on loopback and private addresses too: what the operator runs and has named."""

    def check_url(self, url: URL) -> None:
        """Refuse a URL by its scheme, host, port, credentials or IP literal before anything is connected to."""
        if url.scheme not in {"http", "https"}:
            raise UrlRefusedError(f"only http and https are fetched, not {str(url)!r}")
        if url.user is not None or url.password is not None:
            raise UrlRefusedError(f"the address at {url.host_port_subcomponent} carries credentials; it was refused")
        site = url.host_port_subcomponent or ""
        if site not in self.sites | self.local_sites:
            allowed = ", ".join(sorted(self.sites | self.local_sites)) or "none"
            raise UrlRefusedError(f"{site} isn't among the sites that may be fetched ({allowed})")
        if _is_ip(url.host or ""):
            self.check_address(url.host or "", url.port or 0, url.host or "")

    def check_address(self, host: str, port: int, address: str) -> None:
        """Refuse an address that a host name resolved to."""
        name = f"[{host}]" if ":" in host else host.rstrip(".")
        site = name if port in DEFAULT_PORTS else f"{name}:{port}"
        reason = why_refused(address, local=site in self.local_sites)
        if reason is not None:
            raise AddressRefusedError(f"{site} stands for {address}, {reason}; nothing is fetched from there")


def site_of(url: str) -> str:
    """The site of a URL, as a policy writes it; ValueError if it has no host."""
    site = URL(url).host_port_subcomponent
    if not site:
        raise ValueError(f"expected an address like http://example.org, got {url!r}")
    return site


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
