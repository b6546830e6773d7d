"""A mail server that takes nobody's letter is written down until it takes one."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from digest.delivery import outages, pause
from digest.models import Edition
from digest.reconciliation import books
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import DAY, NOW, crowd, frozen_edition, planned
from tests.delivery.smtp_server import PostOffice

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def stored(edition: Edition) -> tuple[object, str]:
    edition.refresh_from_db()
    return edition.down_since, edition.down_reason


def test_a_refused_sender_is_written_down(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_mail = lambda address: f"550 5.7.1 Sender {address} refused"
    planned(edition, crowd(2))
    drain(edition)
    assert stored(edition) == (NOW, "550 5.7.1 Sender … refused")
    drain(edition, at=LATER)
    assert stored(edition)[0] == NOW, "since then, and not since the last try"


def test_the_first_accepted_letter_ends_it_everywhere(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_mail = lambda address: "550 5.7.1 Sender refused"
    other = frozen_edition(DAY - timedelta(days=1))
    readers = crowd(2)
    for each in (edition, other):
        planned(each, readers)
        drain(each)
    post_office.on_mail = lambda address: None
    drain(edition, at=LATER)
    assert stored(edition) == stored(other) == (None, "")
    assert not outages.find_outages().exists()


def test_a_server_that_is_away_is_written_down(edition: Edition, post_office: PostOffice, settings: Settings) -> None:
    settings.EMAIL_PORT = 9
    planned(edition, crowd(2))
    drain(edition)
    since, reason = stored(edition)
    assert since == NOW
    assert "Connection refused" in reason


def test_the_books_say_since_when_and_what_to_do(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_mail = lambda address: "550 5.7.1 Sender refused."
    planned(edition, crowd(2))
    drain(edition)
    found = books.read_books(edition, LATER)
    assert not found.is_passing
    assert "no letter since 2026-01-23 08:00 UTC: 550 5.7.1 Sender refused." in " ".join(found.complaints)
    [line] = found.lines
    assert (line.words, line.outlook) == ("the mail server takes nobody's letter", "act")
    assert "EMAIL_URL" in line.todo


def test_a_pause_is_told_of_first(edition: Edition) -> None:
    planned(edition, crowd(1))
    outages.begin_outage(edition, "550 no", NOW)
    pause.pause_edition(edition, "", NOW)
    assert (outages.find_outage(edition.id), list(outages.find_outages())) == ("", [])


def test_nobody_waits_for_an_edition_that_has_ended(edition: Edition) -> None:
    planned(edition, crowd(1), state="accepted")
    outages.begin_outage(edition, "550 no", NOW)
    assert books.read_books(edition, NOW).complaints == ()
    assert not outages.find_outages().exists()
