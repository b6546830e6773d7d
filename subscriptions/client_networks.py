"""Where a request comes from, as far as it can be told behind proxies."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# One client has a /64 to itself, and many a customer the whole /48 around it.
IPV6_NETWORKS = (64, 48)


def find_client_networks(request: HttpRequest) -> tuple[str, ...]:
    """Return the networks that a request comes from, from the smallest on; empty where that cannot be told.

    For IPv4 that is the address, for IPv6 the /64 and the /48.
    """
    address = _find_client_address(request)
    if address is None:
        return ()
    if isinstance(address, IPv4Address):
        return (str(address),)
    return tuple(str(ip_network((address, length), strict=False)) for length in IPV6_NETWORKS)


def _find_client_address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """Return the address that the outermost proxy of ours saw, or without proxies the one that we see ourselves.

    Each proxy adds to X-Forwarded-For who spoke to it: with n proxies of ours the n-th entry from the right is the
    client, and what stands before it is the client's word. A header with fewer entries came by fewer proxies.
    """
    entries = [entry for entry in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if entry.strip()]
    if settings.TRUSTED_PROXIES and entries:
        return _parse_address(entries[-min(settings.TRUSTED_PROXIES, len(entries))])
    return _parse_address(str(request.META.get("REMOTE_ADDR", "")))


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address in an entry that may have a port, brackets, quotes and spaces; None if there is none."""
    text = text.strip().strip('"').strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
