"""Errands are carried out once, soon, and whatever happens in between."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.core import mail as outbox
from django.test import Client
from pytest_django import Settings

from subscriptions.account_requests import background_thread, handlers, queue
from subscriptions.account_requests.background_thread import BackgroundThread
from subscriptions.account_requests.queue import LEASE_DURATION, RETRY_DELAYS
from subscriptions.email.messages import LetterRefused
from subscriptions.models import Errand, Subscriber
from subscriptions.preferences import Preferences
from subscriptions.services import address_change, signup, suppression
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
FAR = 1_000_001
WISHES = Preferences(filters=("attention",))
WAY = "django.core.mail.backends.locmem.EmailBackend"
BROKEN = "tests.subscriptions.broken_mail.Broken"
SIGN_UP = {"email": "new@example.org", "filters": "attention", "language": "en"}


def put_down(*addresses: str) -> None:
    """As a request does before its errands are looked at."""
    for address in addresses:
        Errand.objects.create(kind=Errand.Kind.LINK, email=address, not_before=NOON)


def test_the_page_does_the_same_for_every_address_and_visits_no_mail_server(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(ada, id=FAR)
    suppression.suppress("blocked@example.org", "complaint")
    monkeypatch.setattr(queue, "run", lambda now: 0)
    asked = []
    for address in (ada.email, "nobody@example.org", "blocked@example.org"):
        for path, more in (("/link/", {}), ("/", {"filters": "attention", "language": "en"})):
            answer = client.post(path, {**more, "email": address})
            asked.append((path, answer.status_code, answer["Location"]))
    assert len(set(asked)) == 2
    assert list(Errand.objects.values_list("subscriber", flat=True)) == [None] * 6
    assert outbox.outbox == []


def test_an_address_that_the_mail_server_refuses_for_good_is_no_secret_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise LetterRefused

    monkeypatch.setattr("subscriptions.email.messages._send", refuse)
    subscribe(ada, id=FAR)
    known = client.post("/link/", {"email": ada.email})
    unknown = client.post("/link/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"], known.content) == (302, unknown["Location"], unknown.content)
    assert not Errand.objects.exists()


def test_what_fails_for_now_is_tried_again_ever_later_and_then_given_up(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BROKEN
    subscribe(ada)
    put_down(ada.email)
    moment, waits = NOON, []
    while Errand.objects.exists():
        assert queue.run(moment) == 0
        if errand := Errand.objects.first():
            waits.append(errand.not_before - moment)
            assert queue.run(errand.not_before - timedelta(seconds=1)) == 0
            moment = errand.not_before
    assert tuple(waits) == RETRY_DELAYS


def test_what_a_killed_process_had_begun_is_done_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(errand: Errand) -> None:
        raise SystemExit

    subscribe(ada)
    put_down(ada.email)
    with monkeypatch.context() as patch:
        patch.setattr(handlers, "_send_letter", die)
        with pytest.raises(SystemExit):
            queue.run(NOON)
    assert queue.run(NOON + timedelta(minutes=1)) == 0, "it might still be at work"
    assert queue.run(NOON + LEASE_DURATION) == 1
    assert [letter.to for letter in outbox.outbox] == [[ada.email]]


def test_two_processes_never_carry_out_the_same_errand(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada)
    put_down(ada.email)
    carry_out = handlers.handle

    def while_the_other_looks(errand: Errand, now: datetime) -> None:
        monkeypatch.setattr(handlers, "handle", carry_out)
        assert queue.run(NOON) == 0
        carry_out(errand, now)

    monkeypatch.setattr(handlers, "handle", while_the_other_looks)
    seen = Errand.objects.get()
    assert queue.run(NOON) == 1
    assert not queue._claim(seen, NOON)
    assert len(outbox.outbox) == 1


def test_one_bad_errand_holds_up_nobody(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    subscribe(ada)
    put_down("bad@example.org", ada.email)
    known = handlers._find_subscriber

    def stumble(email: str) -> Subscriber | None:
        if email.startswith("bad"):
            raise ZeroDivisionError
        return known(email)

    monkeypatch.setattr(handlers, "_find_subscriber", stumble)
    assert queue.run(NOON) == 1
    assert [errand.email for errand in Errand.objects.all()] == ["bad@example.org"]
    assert "failed" in caplog.text


def test_a_letter_that_became_needless_is_not_sent(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BROKEN
    signup.sign_up("new@example.org", WISHES)
    row = subscribe(ada, id=FAR)
    address_change.request_address_change(row, "first@example.net")
    address_change.request_address_change(row, "second@example.net")
    subscribe(bao, id=FAR + 1)
    signup.request_link(bao.email)
    suppression.suppress(bao.email, "complaint")
    Subscriber.objects.filter(email="new@example.org").update(status=Subscriber.Status.ACTIVE)
    settings.EMAIL_BACKEND = WAY
    assert queue.run(datetime.now(UTC) + timedelta(hours=1)) == 4
    assert [letter.to for letter in outbox.outbox] == [["second@example.net"]]


def test_an_errand_of_a_clock_that_was_set_back_is_due() -> None:
    subscribe(ada)
    Errand.objects.create(kind=Errand.Kind.LINK, email=ada.email, not_before=NOON + timedelta(days=300))
    assert queue.run(NOON) == 1


def test_nothing_is_kept_of_an_address_that_we_do_not_know() -> None:
    signup.request_link("nobody@example.org")
    assert not Errand.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_thread_sends_the_letter_soon_after_the_page(client: Client, settings: Settings) -> None:
    settings.ERRANDS_INLINE = False
    client.post("/", SIGN_UP)
    thread = queue._background_thread().thread
    if thread is not None:
        thread.join(timeout=20)
    assert [letter.to for letter in outbox.outbox] == [["new@example.org"]]
    assert not Errand.objects.exists()


def test_the_thread_looks_again_while_something_is_left_and_then_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_thread, "RETRY_INTERVAL_SECONDS", 0.01)
    left, ended = iter([True, True, False]), Event()

    def work() -> bool:
        more = next(left)
        if not more:
            ended.set()
        return more

    runner = BackgroundThread(work)
    runner.start_soon()
    assert ended.wait(20)
    thread = runner.thread
    if thread is not None:
        thread.join(20)
    assert runner.thread is None
    assert list(left) == []


def test_what_is_asked_while_the_thread_works_is_not_forgotten() -> None:
    looks, first, go_on = [], Event(), Event()

    def work() -> bool:
        looks.append(1)
        first.set()
        return not go_on.wait(20)

    runner = BackgroundThread(work)
    runner.start_soon()
    assert first.wait(20)
    thread = runner.thread
    runner.start_soon()
    go_on.set()
    assert thread is not None
    thread.join(20)
    assert len(looks) == 2
