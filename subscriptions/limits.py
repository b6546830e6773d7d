"""How often a stranger may make us write letters: by IP address, by the address written to, by its domain.

Counted in the cache, in windows of fixed length. Whoever is over a limit sees the same page as everybody else.
"""

from hashlib import sha256
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from subscriptions import addresses

HOUR, DAY = 3600, 86_400
PER_IP = (30, HOUR)
PER_ADDRESS = (6, DAY)
PER_DOMAIN = (300, HOUR)
PER_PERSON = (10, HOUR)


def may_write(request: HttpRequest, email: str) -> bool:
    """Whether one more letter to *email* may be asked for from here. Counts the question."""
    within = (
        _within("ip", client(request), PER_IP),
        _within("address", addresses.key(email), PER_ADDRESS),
        _within("domain", addresses.domain(email), PER_DOMAIN),
    )
    return all(within)


def person_may(subscriber_id: int) -> bool:
    """Whether the holder of a signed link may ask for one more letter. Counts the question."""
    return _within("person", str(subscriber_id), PER_PERSON)


def client(request: HttpRequest) -> str:
    """Where a request comes from; for IPv6 the network, as one connection has millions of addresses."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUST_FORWARDED_FOR:
        # The last entry is the one that our own proxy wrote; those before it are the sender's word.
        text = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip() or text
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def _within(kind: str, subject: str, limit: tuple[int, int]) -> bool:
    most, seconds = limit
    key = f"limit:{kind}:{sha256(subject.encode()).hexdigest()}"
    if cache.add(key, 1, seconds):
        return True
    try:
        return cache.incr(key) <= most
    except ValueError:
        # It ran out between the two calls.
        cache.set(key, 1, seconds)
        return True
