"""Every hour the sender is looked at, one row is kept of it, and what is wrong needs the operator."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from digest import scheduler, tasks
from digest.alarms.conditions import find_sender_faults
from digest.alarms.watch import update_alarms
from digest.deliverability.findings import FindingState
from digest.deliverability.hourly_check import KNOWN_FOR, find_known_sender, renew_check
from digest.deliverability.letter_rates import LetterRates, count_letters
from digest.models import Alarm, Delivery, DeliveryEvent, SenderCheck
from tests.deliverability.name_server import NameServer
from tests.delivery.outbox_rows import DAY, NOW, crowd, frozen_edition, planned

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_server(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.DKIM_SELECTORS = "mail.post.example", ["letters"]


@pytest.fixture
def dns(settings: Settings, names: NameServer) -> NameServer:
    settings.DNS_SERVERS = [("127.0.0.1", names.port)]
    return names


def report(letters: list[Delivery], kind: str, *, again: str = "") -> None:
    keys = {f"{kind}{letter.pk}{again}": letter for letter in letters}
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(delivery=letter, kind=kind, at=NOW, provider="resend", key=key) for key, letter in keys.items()
    )


def test_one_row_is_kept_however_often_it_looks(dns: NameServer) -> None:
    for hour in range(3):
        renew_check(NOW + timedelta(hours=hour))
    assert SenderCheck.objects.get().checked_at == NOW + timedelta(hours=2)
    sender = find_known_sender()
    assert sender is not None
    assert sender.report is not None
    assert {finding.state for finding in sender.report.findings} == {FindingState.OK}


def test_the_clock_looks_once_an_hour(dns: NameServer) -> None:
    scheduler.check_sender(NOW)
    asked = len(dns.questions)
    scheduler.do_chores(NOW + timedelta(minutes=10))
    assert len(dns.questions) == asked
    scheduler.do_chores(NOW + timedelta(minutes=60))
    assert len(dns.questions) == 2 * asked


def test_celery_looks_too(dns: NameServer) -> None:
    tasks.check_sender()
    assert SenderCheck.objects.count() == 1


def test_what_dns_said_last_stays_while_it_is_away(dns: NameServer) -> None:
    del dns.zone["_dmarc.post.example"]
    renew_check(NOW)
    dns.is_refusing = True
    for hour in (1, 2):
        renew_check(NOW + timedelta(hours=hour))
    sender = find_known_sender()
    assert sender is not None
    assert (sender.reported_at, sender.unreachable_since) == (NOW, NOW + timedelta(hours=1))
    assert [finding.subject for finding in sender.problems] == ["DMARC"]
    dns.is_refusing = False
    renew_check(NOW + timedelta(hours=3))
    sender = find_known_sender()
    assert sender is not None
    assert (sender.reported_at, sender.unreachable_since) == (NOW + timedelta(hours=3), None)


def test_dns_that_was_never_reached_alarms_nobody(dns: NameServer) -> None:
    dns.is_refusing = True
    renew_check(NOW)
    sender = find_known_sender()
    assert sender is not None
    assert (sender.report, sender.unreachable_since) == (None, NOW)
    assert list(find_sender_faults(NOW)) == []


def test_letters_as_files_are_not_looked_up(dns: NameServer, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    renew_check(NOW)
    assert dns.questions == []
    assert SenderCheck.objects.get().report is None


# --- what needs the operator ------------------------------------------------------------------------------------------
def test_a_record_that_breaks_is_told_once_and_once_more_when_it_is_mended(dns: NameServer, settings: Settings) -> None:
    settings.ALERT_EMAIL = "operator@example.net"
    settings.ALERT_MAIL_SERVER = {"backend": "django.core.mail.backends.locmem.EmailBackend"}
    renew_check(NOW)
    update_alarms(NOW)
    kept = dns.zone.pop("letters._domainkey.post.example")
    for hour in (1, 2):
        renew_check(NOW + timedelta(hours=hour))
        update_alarms(NOW + timedelta(hours=hour))
    [told] = [message.subject for message in mail.outbox if "DKIM" in message.subject]
    assert told == "Preprint Post: There is no DKIM key at letters._domainkey.post.example."
    dns.zone["letters._domainkey.post.example"] = kept
    renew_check(NOW + timedelta(hours=3))
    update_alarms(NOW + timedelta(hours=3))
    assert Alarm.objects.get(key="sender DKIM").ended_at == NOW + timedelta(hours=3)


def test_what_could_be_better_is_no_alarm(dns: NameServer) -> None:
    dns.zone["post.example"]["TXT"] = ['"v=spf1 ip4:5.6.7.8 ?all"']
    renew_check(NOW)
    sender = find_known_sender()
    assert sender is not None
    assert [finding.state for finding in sender.problems] == [FindingState.ADVICE]
    assert list(find_sender_faults(NOW)) == []


def test_an_old_check_alarms_nobody(dns: NameServer) -> None:
    del dns.zone["_dmarc.post.example"]
    renew_check(NOW)
    assert [condition.key for condition in find_sender_faults(NOW + KNOWN_FOR)] == ["sender DMARC"]
    assert list(find_sender_faults(NOW + KNOWN_FOR + timedelta(minutes=1))) == []


def test_too_many_complaints_and_dead_addresses_are_told() -> None:
    SenderCheck.objects.create(checked_at=NOW, letters=1000, bounced=50, complained=3)
    assert [(condition.key, condition.text) for condition in find_sender_faults(NOW)] == [
        ("sender complaints", "Readers complained of 3 of 1000 letters of 7 days."),
        ("sender bounces", "50 of 1000 letters of 7 days came back, as there is no such address."),
    ]


# --- rates ------------------------------------------------------------------------------------------------------------
def test_letters_of_a_week_are_counted_once_each() -> None:
    edition, old = frozen_edition(), frozen_edition(DAY - timedelta(days=7))
    letters = planned(edition, crowd(6), state="accepted", finished_at=NOW)
    planned(edition, crowd(1, first=7), state="failed", fault="gone")
    planned(edition, crowd(1, first=8), state="failed", fault="relay")
    planned(edition, crowd(2, first=9))
    earlier = planned(old, crowd(3, first=11), state="accepted", finished_at=NOW)
    report([*letters[:2], *earlier], "hard_bounce")
    report(letters[:1], "hard_bounce", again="told again")
    report(letters[2:3], "complaint")
    report(letters[3:5], "soft_bounce")
    assert count_letters(NOW) == LetterRates(letters=7, bounced=3, complained=1)


def test_for_the_week_s_letters_the_events_of_months_are_not_read() -> None:
    for ago, letters in ((90, 3000), (1, 20)):
        edition = frozen_edition(DAY - timedelta(days=ago))
        rows = [
            Delivery(edition=edition, state="accepted", language="en", detail="tldr", created_at=NOW)
            for _ in range(letters)
        ]
        report(Delivery.objects.bulk_create(rows), "hard_bounce")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as captured:
        assert count_letters(NOW) == LetterRates(letters=20, bounced=20, complained=0)
    assert len(captured) <= 5
    [asked] = [query["sql"] for query in captured if 'FROM "digest_deliveryevent"' in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + asked)
        steps = "\n".join(str(row[-1]) for row in cursor.fetchall())
    assert "SCAN digest_deliveryevent" not in steps, "on SQLite"
    assert "Seq Scan on digest_deliveryevent" not in steps, "on PostgreSQL"


@pytest.mark.parametrize(
    ("letters", "complained", "state"),
    [
        (0, 0, "ok"),
        (100, 2, "ok"),
        (10_000, 9, "ok"),
        (10_000, 10, "advice"),
        (10_000, 29, "advice"),
        (10_000, 30, "wrong"),
    ],
)
def test_complaints_are_judged_as_google_and_yahoo_do(letters: int, complained: int, state: str) -> None:
    assert LetterRates(letters, 0, complained).judge_complaints() == state


@pytest.mark.parametrize(("bounced", "state"), [(19, "ok"), (20, "advice"), (49, "advice"), (50, "wrong")])
def test_dead_addresses_are_judged_before_providers_stop_us(bounced: int, state: str) -> None:
    assert LetterRates(1000, bounced, 0).judge_bounces() == state
