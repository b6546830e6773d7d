"""Account requests are handled once, soon, and whatever happens in between."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from subscriptions.account_requests import drain, handlers, outbox
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.account_requests.outbox import LEASE_DURATION
from subscriptions.email.messages import LetterRefused
from subscriptions.models import Errand, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import address_change, signup, suppression
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
UNUSED_ID = 1_000_001
CHOSEN = Preferences(filters=("attention",))
WORKING = "django.core.mail.backends.locmem.EmailBackend"
BROKEN = "tests.subscriptions.broken_mail.Broken"
SIGN_UP = {"email": "new@example.org", "filters": "attention", "language": "en"}


def add_requests(*addresses: str) -> None:
    """Store requests without handling them."""
    for address in addresses:
        Errand.objects.create(kind=Errand.Kind.LINK, email=address, not_before=NOON)


def test_pages_answer_alike_for_every_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada, id=UNUSED_ID)
    suppression.suppress("blocked@example.org", "complaint")
    monkeypatch.setattr(drain, "drain_outbox", lambda now: 0)
    asked = []
    for address in (ada.email, "nobody@example.org", "blocked@example.org"):
        for path, more in (("/link/", {}), ("/", {"filters": "attention", "language": "en"})):
            answer = client.post(path, {**more, "email": address})
            asked.append((path, answer.status_code, answer["Location"]))
    assert len(set(asked)) == 2
    assert list(Errand.objects.values_list("subscriber", flat=True)) == [None] * 6
    assert mail.outbox == []


def test_a_refused_letter_is_not_told_on_the_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise LetterRefused

    monkeypatch.setattr("subscriptions.email.messages._send", refuse)
    subscribe(ada, id=UNUSED_ID)
    known = client.post("/link/", {"email": ada.email})
    unknown = client.post("/link/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"], known.content) == (302, unknown["Location"], unknown.content)
    assert not Errand.objects.exists()


def test_a_killed_process_leaves_its_request_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(request: Errand) -> None:
        raise SystemExit

    subscribe(ada)
    add_requests(ada.email)
    with monkeypatch.context() as patch:
        patch.setattr(handlers, "_send_letter", die)
        with pytest.raises(SystemExit):
            drain_outbox(NOON)
    assert drain_outbox(NOON + timedelta(minutes=1)) == 0, "it might still be at work"
    assert drain_outbox(NOON + LEASE_DURATION) == 1
    assert [letter.to for letter in mail.outbox] == [[ada.email]]


def test_two_processes_never_handle_the_same_request(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada)
    add_requests(ada.email)
    handle = handlers.handle

    def while_the_other_looks(request: Errand, now: datetime) -> None:
        monkeypatch.setattr(handlers, "handle", handle)
        assert drain_outbox(NOON) == 0
        handle(request, now)

    monkeypatch.setattr(handlers, "handle", while_the_other_looks)
    seen = Errand.objects.get()
    assert drain_outbox(NOON) == 1
    assert not outbox.claim(seen, NOON)
    assert len(mail.outbox) == 1


def test_one_bad_request_holds_up_nobody(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    subscribe(ada)
    add_requests("bad@example.org", ada.email)
    known = signup._find_subscriber

    def stumble(email: str) -> Subscriber | None:
        if email.startswith("bad"):
            raise ZeroDivisionError
        return known(email)

    monkeypatch.setattr(signup, "_find_subscriber", stumble)
    assert drain_outbox(NOON) == 1
    assert [request.email for request in Errand.objects.all()] == ["bad@example.org"]
    assert "failed" in caplog.text


def test_a_needless_letter_is_not_sent(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BROKEN
    signup.sign_up("new@example.org", CHOSEN)
    row = subscribe(ada, id=UNUSED_ID)
    address_change.request_address_change(row, "first@example.net")
    address_change.request_address_change(row, "second@example.net")
    subscribe(bao, id=UNUSED_ID + 1)
    signup.request_link(bao.email)
    suppression.suppress(bao.email, "complaint")
    Subscriber.objects.filter(email="new@example.org").update(status=Subscriber.Status.ACTIVE)
    settings.EMAIL_BACKEND = WORKING
    assert drain_outbox(datetime.now(UTC) + timedelta(hours=1)) == 4
    assert [letter.to for letter in mail.outbox] == [["second@example.net"]]


def test_a_request_from_a_clock_set_back_is_due() -> None:
    subscribe(ada)
    Errand.objects.create(kind=Errand.Kind.LINK, email=ada.email, not_before=NOON + timedelta(days=300))
    assert drain_outbox(NOON) == 1


def test_nothing_is_kept_of_an_unknown_address() -> None:
    signup.request_link("nobody@example.org")
    assert not Errand.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_thread_sends_the_letter_after_the_page(client: Client, settings: Settings) -> None:
    settings.ERRANDS_INLINE = False
    client.post("/", SIGN_UP)
    thread = drain._background_thread().thread
    if thread is not None:
        thread.join(timeout=20)
    assert [letter.to for letter in mail.outbox] == [["new@example.org"]]
    assert not Errand.objects.exists()
