"""A client is told apart by what our own proxies say of it, in every form in which they write it."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from subscriptions.client_networks import find_client_networks

PROXY = "127.0.0.1"
HERE = ("203.0.113.9",)
SIX = ("2001:db8:1:2::/64", "2001:db8:1::/48")


def networks_of(forwarded: str | None, remote: str = PROXY) -> tuple[str, ...]:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return find_client_networks(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))


@pytest.mark.parametrize(
    ("written", "networks"),
    [
        ("203.0.113.9", HERE),
        ("203.0.113.9:5678", HERE),
        (' "203.0.113.9:5678" ', HERE),
        ("::ffff:203.0.113.9", HERE),
        ("[::ffff:203.0.113.9]:443", HERE),
        ("::FFFF:cb00:7109", HERE),
        ("2001:db8:1:2:3:4:5:6", SIX),
        ("[2001:db8:1:2:3:4:5:6]", SIX),
        ("[2001:db8:1:2:3:4:5:6]:443", SIX),
        ('"[2001:DB8:1:2::6]:443"', SIX),
        ("2001:db8:1:2::6%eth0", SIX),
        ("nonsense", ()),
        ("unknown", ()),
        ("_hidden:80", ()),
        ("[", ()),
        ("203.0.113", ()),
        ("203.0.113.9.1:80", ()),
    ],
)
def test_entries_are_read_in_every_form(settings: Settings, written: str, networks: tuple[str, ...]) -> None:
    settings.TRUSTED_PROXIES = 1
    assert networks_of(written) == networks
    assert networks_of(f"198.51.100.1, {written}") == networks


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "networks"),
    [
        (0, "192.0.2.1", "203.0.113.9", HERE),
        (1, "192.0.2.1, 203.0.113.9", PROXY, HERE),
        (2, "192.0.2.1, 203.0.113.9, 10.0.0.7", PROXY, HERE),
        (2, "192.0.2.1,203.0.113.9:1234,[2001:db8::7]:443", PROXY, HERE),
        (3, "203.0.113.9, 10.0.0.8, 10.0.0.7", PROXY, HERE),
        (2, "203.0.113.9", PROXY, HERE),
        (1, "203.0.113.9, ", PROXY, HERE),
        (1, None, "203.0.113.9", HERE),
        (1, " , ", "203.0.113.9", HERE),
        (0, None, "", ()),
    ],
)
def test_only_our_own_proxies_are_believed(
    settings: Settings, proxies: int, forwarded: str | None, remote: str, networks: tuple[str, ...]
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert networks_of(forwarded, remote) == networks
