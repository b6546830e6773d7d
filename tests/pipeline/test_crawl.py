"""Scanners, previews and curious people follow links. None of that may change anything."""

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from html import unescape
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core import mail
from django.core.serializers import serialize
from django.test import Client
from django.urls import Resolver404, resolve
from pytest_django import Settings

from digest.domain import Entry
from digest.ingest.source_factory import listing_day
from digest.pipeline import run_day
from digest.sources.files.sample import SampleSource
from subscriptions.links import tokens
from subscriptions.models import Count
from tests.browsers import open_account
from tests.people import CAST, subscribe

pytestmark = pytest.mark.django_db(transaction=True)


# So many are opened of each kind: all kinds of links in a letter are there twice and more.
PAGES_OF_A_KIND = 12


class Small(SampleSource):
    """So many papers that every kind of page is there; each more brings only more of the same pages."""

    def entries(self, day: date) -> Iterator[Entry]:
        yield from islice(super().entries(day), 6)


@pytest.fixture
def post(settings: Settings, tmp_path: Path) -> Path:
    """A day's letters to the whole cast."""
    settings.DEBUG = True
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    settings.EMAIL_FILE_PATH = settings.MAILBOX = str(tmp_path)
    for person in CAST:
        subscribe(person)
    assert run_day(listing_day(), Small()).accepted >= 2
    return tmp_path


def test_following_every_link_changes_nothing(post: Path) -> None:
    starts = [*_links_of_letters(post), *_other_doors()]
    own_browser = open_account(Client(), CAST[0].id)
    before = _all_rows()
    stranger = Client()
    visited = _crawl(stranger, starts)
    # The privacy page leads everybody there; only a reader's own browser gets in.
    assert "attachment" not in stranger.get("/preferences/export/").get("Content-Disposition", "")
    visited |= _crawl(own_browser, starts)
    assert "attachment" in own_browser.get("/preferences/export/")["Content-Disposition"]
    assert "/preferences/export/" in visited
    assert _all_rows() == before
    assert len(mail.outbox) == 0
    for page in ("/unsubscribe/", "/preferences/", "/letters/", "/feedback/", "/papers/", "/editions/", "/mailbox/"):
        assert any(page in address for address in visited), page


def _links_of_letters(folder: Path) -> Iterator[str]:
    for path in folder.glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        yield str(message["List-Unsubscribe"]).strip("<>").split(">")[0]
        for part in ("plain", "html"):
            body = message.get_body((part,))
            assert body is not None
            yield from re.findall(r"https?://[^\s\"'<>)]+", unescape(body.get_content()))


def _other_doors() -> list[str]:
    confirm = tokens.make("confirm", CAST[0].id, 0)
    return [
        f"/confirm/{confirm}/",
        f"/account/{tokens.make('account', CAST[0].id)}/",
        f"/delete/{tokens.make('delete', CAST[0].id)}/",
        "/preferences/",
        "/saved/",
        "/",
        "/today/",
        "/sent/",
        "/link/",
        "/mailbox/",
        "/preview/?filters=attention&fragment=1",
    ]


def _crawl(client: Client, starts: list[str]) -> set[str]:
    """GETs and HEADs everything of our own that is reachable, each address once, and a few of each kind of page.

    The archive has a page for every paper, word and day, each in six formats: more of them bring only more of the same.
    """
    waiting, visited = sorted({_own(link) for link in starts} - {""}), set[str]()
    of_kind: Counter[tuple[str, ...]] = Counter()
    while waiting:
        address = waiting.pop()
        if address in visited or of_kind[_kind(address)] >= PAGES_OF_A_KIND:
            continue
        visited.add(address)
        of_kind[_kind(address)] += 1
        response = client.get(address, follow=False)
        assert response.status_code < 500, address
        assert client.head(address).status_code < 500, address
        if "html" in response.get("Content-Type", "") and not response.streaming:
            waiting += sorted({_own(link, address) for link in _references(response.content.decode())} - visited - {""})
    return visited


def _kind(address: str) -> tuple[str, ...]:
    """The page's address pattern and the names in its query; of what nobody serves, the path itself."""
    parts = urlsplit(address)
    try:
        pattern = resolve(unquote(parts.path)).route
    except Resolver404:
        pattern = parts.path
    return pattern, *sorted(parse_qs(parts.query))


def _references(page: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'(?:href|src|action)="([^"]+)"', page)]


def _own(link: str, base: str = "/") -> str:
    """The path and query of an address of ours, or nothing."""
    parts = urlsplit(urljoin(f"{django_settings.SITE_URL}{base}", link))
    if parts.hostname != urlsplit(django_settings.SITE_URL).hostname or parts.path.startswith("/static/"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _all_rows() -> str:
    """Return everything but how often strangers asked, which limits count."""
    models = [model for app in ("digest", "subscriptions") for model in apps.get_app_config(app).get_models()]
    models.remove(Count)
    return "\n".join(serialize("json", model._default_manager.order_by("pk")) for model in models)
