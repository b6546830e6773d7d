"""What is wrong with our mail server or our account costs nobody their sign-up: letters wait until it is mended."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from digest import scheduler
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.account_requests.outbox import DELAYS_UNTIL_MENDED, MAX_AGE, RETRY_DELAYS, describe_waiting
from subscriptions.email import outage
from subscriptions.models import Errand, MailOutage, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import address_change, deletion, reminders, signup
from tests.people import ada, bao, subscribe
from tests.subscriptions.refusing_server import RefusingServer, refusing_server

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHOSEN = Preferences(filters=("attention",))
OTHERS = Preferences(categories=("cs.LG",), filters=("diffusion",))
BROKEN = "tests.subscriptions.broken_mail.Broken"
WORKING = "django.core.mail.backends.locmem.EmailBackend"
SIGN_UP = {"email": "new@example.org", "filters": "attention", "language": "en"}
UNUSED_ID = 1_000_001

# By stage: what is wrong with us, as servers say it.
OUR_MISTAKES = [
    ("AUTH", "535 5.7.8 Error: authentication failed: authentication failure"),
    ("MAIL", "553 5.7.1 <letters@post.example>: Sender address rejected: not owned by user post"),
    ("RCPT", "554 5.7.1 <new@example.org>: Relay access denied"),
    ("RCPT", "550 5.7.1 relaying denied"),
    ("HELO", "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname"),
    ("BANNER", "554 5.7.1 You are not allowed to connect"),
    ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org"),
    ("DATA", "550 5.7.1 Our system has detected that this message is likely unsolicited mail"),
    ("MAIL", "452 4.3.1 Insufficient system storage"),
    ("RCPT", "550 5.4.5 Daily sending quota exceeded"),
    ("MAIL", "454 4.7.0 Throttling failure: Daily message quota exceeded"),
    ("BANNER", "421 4.7.0 Too many connections from your IP"),
]
NO_SUCH_USER = "550 5.1.1 <new@example.org>: Recipient address rejected: User unknown"
DOUBTFUL = "550 Benutzer unbekannt"
FULL = "552 5.2.2 Mailbox full"
GREYLISTED = "450 4.7.1 Greylisted, try again in 300 seconds"


@pytest.fixture
def server(settings: Settings) -> Iterator[RefusingServer]:
    with refusing_server(settings) as server:
        yield server


def run_until(moment: datetime, start: datetime = NOON) -> None:
    """Let the scheduler look each minute until *moment*."""
    while start < moment:
        with time_machine.travel(start, tick=False):
            drain_outbox(start)
        start += MINUTE


@pytest.mark.parametrize(("stage", "answer"), OUR_MISTAKES)
def test_a_sign_up_waits_until_our_mistake_is_mended(stage: str, answer: str, server: RefusingServer) -> None:
    server.answers[stage] = answer
    with time_machine.travel(NOON, tick=False) as clock:
        signup.sign_up("new@example.org", CHOSEN, now=NOON)
        clock.move_to(NOON + timedelta(hours=12))
        for hour in range(1, 12):
            drain_outbox(NOON + timedelta(hours=hour))
        assert (Errand.objects.count(), server.recipients) == (1, [])
        assert Subscriber.objects.get().mailed_at is None
        server.answers.clear()
        drain_outbox(NOON + timedelta(hours=12))
    assert server.recipients == ["new@example.org"]
    assert not Errand.objects.exists()
    assert Subscriber.objects.get().mailed_at == NOON + timedelta(hours=12)


def test_links_checks_and_notices_wait_as_well(server: RefusingServer) -> None:
    server.answers["AUTH"] = OUR_MISTAKES[0][1]
    row = subscribe(ada, id=UNUSED_ID)
    with time_machine.travel(NOON, tick=False):
        signup.request_link(ada.email)
        address_change.request_address_change(row, "ada@example.net")
        deletion.request_deletion(row)
        run_until(NOON + timedelta(hours=5))
        server.answers.clear()
        run_until(NOON + timedelta(hours=6), NOON + timedelta(hours=5))
    assert sorted(server.recipients) == ["ada@example.net", ada.email, ada.email]


def test_the_waiting_is_bounded(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BROKEN
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    moment, waits = NOON, []
    for _attempt in range(6):
        request = Errand.objects.get()
        waits.append(request.not_before - moment)
        moment = request.not_before
        drain_outbox(moment)
    assert tuple(waits) == (*DELAYS_UNTIL_MENDED, *[DELAYS_UNTIL_MENDED[-1]] * 3)


def test_a_letter_waits_as_long_as_its_link_is_valid(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.EMAIL_BACKEND = BROKEN
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    drain_outbox(NOON + MAX_AGE - MINUTE)
    assert Errand.objects.count() == 1
    drain_outbox(NOON + MAX_AGE + timedelta(minutes=20))
    assert not Errand.objects.exists()
    assert "is given up" in caplog.text


def test_a_server_that_takes_nobodys_letter_is_asked_once_per_run(server: RefusingServer) -> None:
    server.answers["AUTH"] = OUR_MISTAKES[0][1]
    for number in range(20):
        Errand.objects.create(kind=Errand.Kind.SIGN_UP, email=f"new{number}@example.org", not_before=NOON)
    assert drain_outbox(NOON) == 0
    assert server.connections == 1
    server.answers.clear()
    assert drain_outbox(NOON + MINUTE) == 20


def test_one_domain_that_blocks_us_holds_up_no_other(server: RefusingServer) -> None:
    server.answers["RCPT"] = OUR_MISTAKES[6][1]
    for number in range(3):
        Errand.objects.create(kind=Errand.Kind.SIGN_UP, email=f"new{number}@example.org", not_before=NOON)
    drain_outbox(NOON)
    assert server.connections == 3


def test_wrong_settings_of_mail_wait_too(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.resend.EmailBackend"
    settings.ANYMAIL = {}
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    for hour in range(1, 24):
        drain_outbox(NOON + timedelta(hours=hour))
    settings.EMAIL_BACKEND = WORKING
    drain_outbox(NOON + timedelta(hours=24))
    assert [letter.to for letter in mail.outbox] == [["new@example.org"]]


# --- the recipient's reasons ----------------------------------------------------------------------------------------
def test_a_mailbox_that_does_not_exist_is_given_up_at_once(server: RefusingServer) -> None:
    server.answers["RCPT"] = NO_SUCH_USER
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    assert not Errand.objects.exists()
    assert not MailOutage.objects.exists()


@pytest.mark.parametrize("answer", [DOUBTFUL, FULL, GREYLISTED])
def test_a_doubtful_refusal_is_tried_a_few_times(answer: str, server: RefusingServer) -> None:
    server.answers["RCPT"] = answer
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    moment, waits = NOON, []
    while request := Errand.objects.first():
        waits.append(request.not_before - moment)
        moment = request.not_before
        drain_outbox(moment)
    assert tuple(waits) == RETRY_DELAYS
    assert Subscriber.objects.get().mailed_at is None
    assert not MailOutage.objects.exists()


def test_a_greylisted_sign_up_gets_its_letter(server: RefusingServer) -> None:
    server.answers["RCPT"] = GREYLISTED
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    server.answers.clear()
    drain_outbox(NOON + MINUTE)
    assert server.recipients == ["new@example.org"]


def test_our_failures_do_not_use_up_the_attempts(server: RefusingServer) -> None:
    server.answers["AUTH"] = OUR_MISTAKES[0][1]
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    for hour in range(1, 20):
        drain_outbox(NOON + timedelta(hours=hour))
    server.answers = {"RCPT": GREYLISTED}
    drain_outbox(NOON + timedelta(hours=20))
    assert Errand.objects.get().not_before == NOON + timedelta(hours=20) + RETRY_DELAYS[0]


# --- one letter -----------------------------------------------------------------------------------------------------
def test_a_double_click_sends_one_letter(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BROKEN
    for second in range(5):
        signup.sign_up("new@example.org", CHOSEN, now=NOON + timedelta(seconds=second))
    assert Errand.objects.count() == 1
    settings.EMAIL_BACKEND = WORKING
    run_until(NOON + timedelta(hours=2))
    assert len(mail.outbox) == 1


def test_a_double_click_uses_up_no_more_than_one_letter_of_the_day(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BROKEN
    for minute in range(30):
        signup.sign_up("new@example.org", CHOSEN, now=NOON + minute * MINUTE)
    settings.EMAIL_BACKEND = WORKING
    run_until(NOON + timedelta(hours=2), NOON + timedelta(hours=1))
    signup.sign_up("new@example.org", CHOSEN, now=NOON + timedelta(hours=3))
    assert len(mail.outbox) == 2


def test_the_letter_that_waited_shows_what_was_chosen_last(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BROKEN
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    signup.sign_up("new@example.org", OTHERS, now=NOON + MINUTE / 2)
    settings.EMAIL_BACKEND = WORKING
    drain_outbox(NOON + 2 * MINUTE)
    [letter] = mail.outbox
    assert "Machine Learning" in str(letter.body)


def test_of_two_processes_that_decide_at_once_one_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one has not sent its letter yet: it waits in the table."""
    person = subscribe(ada, id=UNUSED_ID)

    def decide_first(email: str, **_options: object) -> bool:
        Errand.objects.create(kind=Errand.Kind.MANAGE, subscriber=person, not_before=NOON + MINUTE)
        return True

    monkeypatch.setattr("subscriptions.rate_limits.allow_letter", decide_first)
    signup.request_link(ada.email, now=NOON)
    assert mail.outbox == []
    assert drain_outbox(NOON + MINUTE) == 1
    assert len(mail.outbox) == 1


def test_a_letter_that_left_a_moment_ago_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other click's letter leaves after this one has looked, and before it decides."""
    signed_up_meanwhile: list[int] = []

    def write_first(email: str, **_options: object) -> bool:
        if not signed_up_meanwhile:
            signed_up_meanwhile.append(1)
            signup.sign_up("new@example.org", CHOSEN, now=NOON)
        return True

    monkeypatch.setattr("subscriptions.rate_limits.allow_letter", write_first)
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    assert len(mail.outbox) == 1


def test_mailed_at_is_when_the_letter_left(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BROKEN
    subscribe(ada, id=UNUSED_ID)
    signup.request_link(ada.email, now=NOON)
    assert Subscriber.objects.get().mailed_at is None
    settings.EMAIL_BACKEND = WORKING
    drain_outbox(NOON + 2 * MINUTE)
    assert Subscriber.objects.get().mailed_at == NOON + 2 * MINUTE
    signup.request_link(ada.email, now=NOON + 5 * MINUTE)
    assert len(mail.outbox) == 1


def test_whoever_was_refused_may_ask_again_at_once(server: RefusingServer) -> None:
    server.answers["RCPT"] = NO_SUCH_USER
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    server.answers.clear()
    signup.sign_up("new@example.org", CHOSEN, now=NOON + MINUTE)
    assert server.recipients == ["new@example.org"]


# --- reminders ------------------------------------------------------------------------------------------------------
DAY = timedelta(hours=24)


def two_unconfirmed() -> None:
    for number, email in enumerate(("new@example.org", "other@example.org")):
        subscribe(ada._replace(id=UNUSED_ID + number, email=email), status="pending", mailed_at=NOON)


@pytest.mark.parametrize(("stage", "answer"), OUR_MISTAKES)
def test_reminders_wait_until_our_mistake_is_mended(stage: str, answer: str, server: RefusingServer) -> None:
    two_unconfirmed()
    server.answers[stage] = answer
    assert (reminders.request_reminders(NOON + DAY), drain_outbox(NOON + DAY)) == (2, 0)
    server.answers.clear()
    drain_outbox(NOON + 2 * DAY)
    assert reminders.request_reminders(NOON + 3 * DAY) == 0
    assert sorted(server.recipients) == ["new@example.org", "other@example.org"]


def test_a_dead_server_is_asked_once_per_run(server: RefusingServer) -> None:
    two_unconfirmed()
    subscribe(bao, id=UNUSED_ID + 5, status="pending", mailed_at=None)  # imported
    server.answers["AUTH"] = OUR_MISTAKES[0][1]
    with time_machine.travel(NOON + DAY, tick=False):
        scheduler.do_chores(NOON + DAY)
    assert server.connections == 1


def test_a_greylisted_reminder_is_tried_again_and_holds_up_nobody(server: RefusingServer) -> None:
    two_unconfirmed()
    server.answers["RCPT"] = GREYLISTED
    reminders.request_reminders(NOON + DAY)
    drain_outbox(NOON + DAY)
    assert Errand.objects.filter(kind=Errand.Kind.REMINDER, refusals=1).count() == 2
    server.answers.clear()
    assert drain_outbox(NOON + DAY + MINUTE) == 2
    assert sorted(server.recipients) == ["new@example.org", "other@example.org"]
    assert reminders.request_reminders(NOON + 2 * DAY) == 0


# --- the page -------------------------------------------------------------------------------------------------------
LATE = "Mail is late at the moment"


def page_after(client: Client, path: str, form: dict[str, str]) -> str:
    answer = client.post(path, form, follow=True)
    return unescape(answer.content.decode())


@pytest.mark.parametrize(("stage", "answer"), OUR_MISTAKES)
def test_the_page_tells_that_mail_is_late(stage: str, answer: str, server: RefusingServer, client: Client) -> None:
    assert LATE not in page_after(client, "/", {**SIGN_UP, "email": "first@example.org"})
    server.answers[stage] = answer
    page_after(client, "/", SIGN_UP)
    page = page_after(client, "/", {**SIGN_UP, "email": "new@example.net"})
    assert LATE in page
    assert "is on its way" not in page
    server.answers.clear()
    drain_outbox(datetime.now(UTC) + timedelta(hours=1))
    assert LATE not in page_after(client, "/link/", {"email": "nobody@example.org"})


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_one_domains_refusals_make_mail_late_for_nobody(stage: str, server: RefusingServer, client: Client) -> None:
    server.answers[stage] = "550 5.7.1 Rejected by our policy as spam"
    for name in ("new", "other"):
        assert LATE not in page_after(client, "/", {**SIGN_UP, "email": f"{name}@example.org"})
    assert Errand.objects.filter(failed_for_us=True).count() == 2
    assert not outage.find_outage()
    assert LATE in page_after(client, "/", {**SIGN_UP, "email": "new@example.net"})


def test_a_letter_that_leaves_between_two_domains_counts(server: RefusingServer, client: Client) -> None:
    for email, answers in (
        ("new@example.org", {"RCPT": "550 5.7.1 Rejected by our policy as spam"}),
        ("new@example.net", {}),
        ("other@example.com", {"RCPT": "550 5.7.1 Rejected by our policy as spam"}),
    ):
        server.answers = answers
        assert LATE not in page_after(client, "/", {**SIGN_UP, "email": email})


def test_what_one_domain_said_long_ago_is_forgotten(server: RefusingServer) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        outage.note_failure("550 5.7.1 Policy", "example.org")
        clock.shift(outage.MAX_SILENCE)
        outage.note_failure("550 5.7.1 Policy", "example.net")
        assert outage.find_outage() is None


def test_the_page_is_the_same_for_every_address(server: RefusingServer, client: Client) -> None:
    subscribe(ada, id=UNUSED_ID)
    server.answers["AUTH"] = OUR_MISTAKES[0][1]
    signup.sign_up("first@example.org", CHOSEN)
    pages = {page_after(client, "/link/", {"email": email}) for email in (ada.email, "nobody@example.org")}
    [page] = pages
    assert LATE in page
    assert "We keep what you asked for" in page
    assert "send the form once more." not in page.replace("You need not send the form once more.", "")


@pytest.mark.parametrize("answer", [NO_SUCH_USER, DOUBTFUL, FULL, GREYLISTED])
def test_a_recipients_refusal_does_not_make_mail_late(answer: str, server: RefusingServer, client: Client) -> None:
    server.answers["RCPT"] = answer
    assert LATE not in page_after(client, "/", SIGN_UP)


def test_an_outage_of_which_nothing_is_heard_is_forgotten(server: RefusingServer, client: Client) -> None:
    server.answers["AUTH"] = OUR_MISTAKES[0][1]
    with time_machine.travel(NOON, tick=False) as clock:
        signup.sign_up("new@example.org", CHOSEN, now=NOON)
        clock.move_to(NOON + outage.MAX_SILENCE - MINUTE)
        assert LATE in client.get("/sent/").content.decode()
        clock.move_to(NOON + outage.MAX_SILENCE)
        assert LATE not in client.get("/sent/").content.decode()


def test_the_page_speaks_chinese_when_mail_is_late(server: RefusingServer, client: Client) -> None:
    server.answers["AUTH"] = OUR_MISTAKES[0][1]
    signup.sign_up("new@example.org", CHOSEN)
    page = client.get("/sent/", headers={"accept-language": "zh-CN"}).content.decode()
    assert "邮件暂时会迟到" in page


# --- the operator ---------------------------------------------------------------------------------------------------
def test_an_outage_is_logged_once_without_addresses(server: RefusingServer, caplog: pytest.LogCaptureFixture) -> None:
    server.answers["MAIL"] = OUR_MISTAKES[1][1]
    signup.sign_up("new@example.org", CHOSEN, now=NOON)
    drain_outbox(NOON + MINUTE)
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "No account letter leaves: SMTPSenderRefused 553 5.7.1" in record.getMessage()
    assert "letters@" not in caplog.text
    assert "new@" not in caplog.text


def test_an_operator_hears_what_waits_and_why(server: RefusingServer) -> None:
    server.answers["AUTH"] = OUR_MISTAKES[0][1]
    with time_machine.travel(NOON, tick=False):
        assert describe_waiting(NOON) == ""
        signup.sign_up("new@example.org", CHOSEN, now=NOON)
        waiting = describe_waiting(NOON)
    assert waiting.startswith("1 account letter waits since 2026-01-23 12:00: SMTPAuthenticationError 535 5.7.8")


def test_only_letters_that_failed_for_us_are_counted(server: RefusingServer) -> None:
    with time_machine.travel(NOON, tick=False):
        server.answers["RCPT"] = GREYLISTED
        signup.sign_up("greylisted@example.net", CHOSEN, now=NOON)
        server.answers = {"AUTH": OUR_MISTAKES[0][1]}
        signup.sign_up("new@example.org", CHOSEN, now=NOON)
        Errand.objects.create(kind=Errand.Kind.LINK, email="just@example.org", not_before=NOON)
        assert Errand.objects.count() == 3
        assert describe_waiting(NOON).startswith("1 account letter waits since")
