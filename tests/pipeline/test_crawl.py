"""Scanners, previews and curious people follow links. None of that may change anything."""

import email
import email.policy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Set
from datetime import date, timedelta
from email.message import EmailMessage
from html import unescape
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.serializers import serialize
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone
from pytest_django import Settings

from digest.domain import Entry
from digest.ingest.source_factory import listing_day
from digest.models import Delivery
from digest.pipeline import run_day
from digest.scheduler import send_welcomes
from digest.sources.files.sample import SampleSource
from subscriptions.email import messages
from subscriptions.email.account_letter_samples import ACCOUNT_LETTERS
from subscriptions.models import AddressChange, Count, Subscriber
from tests.browsers import open_account
from tests.people import CAST, ada, subscribe
from tests.web.publishing import drafts, publish

pytestmark = pytest.mark.django_db(transaction=True)


# So many are opened of each kind of page that letters do not name; of what they name, all.
PAGES_OF_A_KIND = 3

# They count requests and visits: what they hold changes with every page that anybody opens.
COUNTERS = {Count, Session}

ONE_CLICK = "List-Unsubscribe=One-Click"


class Small(SampleSource):
    """So many papers that every kind of page is there; each more brings only more of the same pages."""

    def entries(self, day: date) -> Iterator[Entry]:
        yield from islice(super().entries(day), 6)


def _reader(number: int, **changes: object) -> Subscriber:
    return subscribe(ada._replace(id=number, email=f"reader{number}@example.org"), **changes)


def _send_address_changed() -> None:
    reader = _reader(107)
    change = AddressChange.objects.create(subscriber=reader, old_email="old@example.org", changed_at=timezone.now())
    messages.send_address_changed(reader, change)


# How each of ACCOUNT_LETTERS comes to be sent.
ACCOUNT_LETTER_SENDERS: dict[str, Callable[[], None]] = {
    "confirm": lambda: messages.send_confirmation(_reader(101, status="pending")),
    "reminder": lambda: messages.send_confirmation(_reader(102, status="pending"), reminder=True),
    "link": lambda: messages.send_link(_reader(103)),
    "already-subscribed": lambda: messages.send_already_subscribed(_reader(104)),
    "new-address": lambda: messages.send_address_check(_reader(105, new_email="new@example.org")),
    "delete": lambda: messages.send_deletion_link(_reader(106)),
    "address-changed": _send_address_changed,
    "goodbye": lambda: messages.send_goodbye(_reader(108, status="unsubscribed", unsubscribed_at=timezone.now())),
}


@pytest.fixture
def post(settings: Settings, tmp_path: Path) -> Path:
    """A letter of each kind: the day's to the whole cast, one of the week, a first one, and all account letters."""
    settings.DEBUG = True
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    settings.EMAIL_FILE_PATH = settings.MAILBOX = str(tmp_path)
    day = listing_day()
    for person in CAST:
        subscribe(person)
    subscribe(ada._replace(id=21, email="weekly@example.org", days=1 << day.weekday()))
    publish(drafts(2), day - timedelta(days=1))
    assert run_day(day, Small()).accepted >= 3
    subscribe(ada._replace(id=22, email="newcomer@example.org"), created_at=timezone.now() - timedelta(minutes=5))
    assert send_welcomes(timezone.now()) == 1
    letters = Delivery.objects.filter(state="accepted")
    assert {*letters.values_list("kind", flat=True)} == {"digest", "welcome"}
    assert letters.exclude(covers_from=None).exists()
    assert ACCOUNT_LETTER_SENDERS.keys() == ACCOUNT_LETTERS.keys()
    for send in ACCOUNT_LETTER_SENDERS.values():
        send()
    return tmp_path


def test_following_every_link_changes_nothing(post: Path) -> None:
    links = {_own(link) for link in _links_of_letters(post)} - {""}
    own_browser = open_account(Client(), CAST[0].id)
    before = _all_rows()
    stranger = Client()
    visited = _crawl(stranger, links | set(OTHER_DOORS))
    # The privacy page leads everybody there; only a reader's own browser gets in.
    assert "attachment" not in stranger.get("/preferences/export/").get("Content-Disposition", "")
    visited |= _crawl(own_browser, links | set(OTHER_DOORS))
    assert "attachment" in own_browser.get("/preferences/export/")["Content-Disposition"]
    assert links <= visited
    assert {_kind(link)[0].partition("/")[0] for link in links} >= PAGES_OF_LETTERS
    assert {"/preferences/export/", "/mailbox/"} <= visited
    assert _all_rows() == before
    assert len(mail.outbox) == 0


def test_a_machine_that_posts_to_every_link_can_only_unsubscribe_by_one_click(post: Path) -> None:
    links = {_own(link) for link in _links_of_letters(post)} - {""}
    letters = list(_letters(post))
    one_click = {_own(_header_link(letter)) for letter in letters if letter["List-Unsubscribe-Post"] == ONE_CLICK}
    assert len(one_click) == Delivery.objects.filter(state="accepted").count()
    machine, before = Client(enforce_csrf_checks=True), _all_rows()
    for link in sorted(links - one_click):
        for body in ("", ONE_CLICK, "instead=weekly", "until=2030-01-01"):
            answer = machine.post(link, body, content_type="application/x-www-form-urlencoded")
            # The button of a page is behind its form's key; the page of a link that is not a form takes no POST.
            assert answer.status_code in (403, 405) or link.startswith("/unsubscribe/"), link
    assert _all_rows() == before
    for link in one_click:
        answer = machine.post(link, ONE_CLICK, content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, answer.cookies) == (200, {})
    gone = Subscriber.objects.filter(deliveries__state="accepted").values_list("status", flat=True)
    assert set(gone) == {Subscriber.Status.UNSUBSCRIBED}


def _letters(folder: Path) -> Iterator[EmailMessage]:
    for path in folder.glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        yield message


def _links_of_letters(folder: Path) -> Iterator[str]:
    """Yield the links of the header, the HTML and the text of each letter."""
    for letter in _letters(folder):
        if letter["List-Unsubscribe"]:
            yield _header_link(letter)
        for part in ("plain", "html"):
            body = letter.get_body((part,))
            assert body is not None
            yield from re.findall(r"https?://[^\s\"'<>)]+", unescape(body.get_content()))


def _header_link(letter: EmailMessage) -> str:
    return str(letter["List-Unsubscribe"]).strip("<>").split(">")[0]


# Where the links of letters lead.
PAGES_OF_LETTERS = {
    *("confirm", "account", "address", "restore", "delete", "return"),
    *("unsubscribe", "preferences", "letters", "feedback", "privacy", "how-papers-are-chosen"),
}

OTHER_DOORS = (
    "/preferences/",
    "/saved/",
    "/",
    "/today/",
    "/sent/",
    "/link/",
    "/mailbox/",
    "/preview/?filters=attention",
)


def _crawl(client: Client, starts: Set[str]) -> set[str]:
    """GETs and HEADs *starts* and what is reachable from there, each address once, and a few of each kind of page.

    The archive has a page for every paper, word and day, each in six formats: more of them bring only more of the same.
    """
    waiting, visited = sorted(starts), set[str]()
    of_kind: Counter[tuple[str, ...]] = Counter()
    while waiting:
        address = waiting.pop()
        if address in visited or (address not in starts and of_kind[_kind(address)] >= PAGES_OF_A_KIND):
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
    """Return all rows of all tables but COUNTERS."""
    kept = (model for model in apps.get_models() if model not in COUNTERS)
    return "\n".join(serialize("json", model._default_manager.order_by("pk")) for model in kept)
