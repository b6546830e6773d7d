"""Did ada@example.org get her letter, and if not why? The operator's page of one person says it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from deploy.person_page import state_of
from digest.models import Delivery, DeliveryEvent, Edition
from digest.reconciliation.reader_history import describe_next_letter, tell_history
from subscriptions.models import Subscriber
from subscriptions.services.suppression import suppress
from tests.delivery.outbox_rows import planned
from tests.people import ada, subscribe
from tests.web.publishing import Draft, publish

pytestmark = pytest.mark.django_db
# A Friday.
NOON = datetime(2026, 1, 23, 12, 0, tzinfo=UTC)
TODAY = date(2026, 1, 23)
LONG_AGO = NOON - timedelta(days=90)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOON, tick=False):
        yield


def frozen(day: date, **changes: object) -> Edition:
    at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=6)
    return Edition.objects.create(**{"day": day, "state": "frozen", "frozen_at": at, **changes})


def reader(**changes: object) -> Subscriber:
    return subscribe(ada, **{"timezone": "UTC", "hour": 8, "confirmed_at": LONG_AGO, **changes})


def said(person: Subscriber, day: date = TODAY) -> str:
    """What the page says of a day."""
    return next(each.words for each in tell_history(state_of(person), NOON) if each.day == day)


# --- the true reason --------------------------------------------------------------------------------------------------
def test_a_letter_that_left() -> None:
    person = reader()
    planned(frozen(TODAY), [person], state="accepted", finished_at=NOON)
    assert said(person) == "The mail server took it"


def test_a_letter_that_failed_has_the_server_s_words() -> None:
    person = reader()
    planned(frozen(TODAY), [person], state="failed", reason="552 Mailbox full")
    assert said(person) == "It failed. 552 Mailbox full"


def test_a_day_without_a_match() -> None:
    person = reader()
    planned(frozen(TODAY), [person], state="excluded", reason="no_match")
    assert said(person) == "No letter. no paper of the day is for them"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"days": 0b0000001}, "It is none of their days"),
        ({"hour": 20}, "Their hour is still to come, at 2026-01-23 20:00 UTC"),
        ({"paused_until": date(2026, 2, 1)}, "They asked for a pause until 1 Feb 2026"),
        ({"status": "pending", "confirmed_at": None}, "They had not confirmed"),
        ({"confirmed_at": NOON}, "They confirmed later, on 2026-01-23 12:00 UTC"),
        (
            {"status": "unsubscribed", "unsubscribed_at": NOON - timedelta(days=2)},
            "They had unsubscribed, on 2026-01-21 12:00 UTC",
        ),
        ({}, "Nobody has planned it yet: the scheduler does in its next minutes"),
    ],
)
def test_why_there_is_no_row(changes: dict[str, object], words: str) -> None:
    frozen(TODAY)
    assert said(reader(**changes)) == words


def test_a_suppressed_address_is_told() -> None:
    frozen(TODAY)
    person = reader()
    suppress(person.email, "hard_bounce")
    assert said(person) == "Their address must not be written to"


def test_days_without_an_edition_are_explained() -> None:
    person = reader()
    assert said(person, date(2026, 1, 17)) == "arXiv announces nothing on weekends"
    assert said(person, date(2026, 1, 1)) == "A US holiday: arXiv announced nothing"
    assert said(person, date(2026, 1, 22)) == "There is no edition of that day"


def test_a_paused_edition_says_why_it_waits() -> None:
    person = reader()
    planned(frozen(TODAY, paused=True, pause_reason="20 letters failed."), [person])
    assert said(person) == "It waits, as the edition is paused: 20 letters failed."


def test_a_letter_that_nobody_planned_in_time() -> None:
    person = reader()
    frozen(date(2026, 1, 21))
    assert said(person, date(2026, 1, 21)).startswith("Nobody planned it in time")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "26 Jan 2026, 08:00 (UTC), if papers are announced"),
        ({"hour": 13}, "23 Jan 2026, 13:00 (UTC), if papers are announced"),
        ({"paused_until": date(2026, 2, 1)}, "None before 1 Feb 2026: they asked for a pause"),
        ({"status": "pending", "confirmed_at": None}, "None: they have not confirmed"),
        ({"status": "unsubscribed"}, "None: they have unsubscribed"),
    ],
)
def test_when_the_next_letter_comes(changes: dict[str, object], words: str) -> None:
    assert describe_next_letter(state_of(reader(**changes)), NOON) == words


# --- the page ---------------------------------------------------------------------------------------------------------
def test_a_person_is_found_by_the_whole_address_however_it_is_written(operator: Client) -> None:
    reader()
    page = operator.get("/admin/person/", {"find": " ADA@example.org "})
    assert page.status_code == 200
    assert "arXiv announces nothing on weekends" in page.content.decode()
    assert "Nobody here has this address" in operator.get("/admin/person/", {"find": "ada@"}).content.decode()


def test_the_first_page_has_the_box(operator: Client) -> None:
    assert 'name="find"' in operator.get("/admin/").content.decode()


def test_a_suppression_of_a_stranger_is_found_too(operator: Client) -> None:
    suppress("nobody@example.org", "complaint")
    assert (
        "This address is not written to"
        in operator.get("/admin/person/", {"find": "nobody@example.org"}).content.decode()
    )


def test_what_the_provider_said_is_text(operator: Client) -> None:
    person = reader()
    [letter] = planned(frozen(TODAY), [person], state="accepted", finished_at=NOON)
    DeliveryEvent.objects.create(
        delivery=letter, kind="hard_bounce", at=NOON, provider="resend", reason="<b>gone</b>", key="1"
    )
    page = operator.get("/admin/person/", {"find": person.email}).content.decode()
    assert "hard bounce, &lt;b&gt;gone&lt;/b&gt;" in page


def test_a_failed_letter_is_sent_again_by_its_button(operator: Client) -> None:
    person = reader()
    [letter] = planned(frozen(TODAY, state="closed", closed_at=NOON), [person], state="failed", reason="552 full")
    answer = operator.post(f"/admin/person/{person.pk}/change/", {"act": "retry", "letter": letter.pk}, follow=True)
    assert "The letter waits to be sent again." in answer.content.decode()
    letter.refresh_from_db()
    assert (letter.state, letter.edition.__class__.objects.get().state) == ("pending", "frozen")


@pytest.mark.parametrize("state", ["accepted", "uncertain", "pending"])
def test_a_letter_that_may_have_left_is_not_sent_again(operator: Client, state: str) -> None:
    person = reader()
    [letter] = planned(frozen(TODAY), [person], state=state)
    answer = operator.post(f"/admin/person/{person.pk}/change/", {"act": "retry", "letter": letter.pk}, follow=True)
    assert "This letter cannot be sent again." in answer.content.decode()
    assert Delivery.objects.get().state == state


def test_letters_are_paused_and_resumed(operator: Client) -> None:
    person = reader()
    operator.post(f"/admin/person/{person.pk}/change/", {"act": "pause"})
    person.refresh_from_db()
    assert person.paused_until == TODAY + timedelta(days=28)
    operator.post(f"/admin/person/{person.pk}/change/", {"act": "resume"})
    person.refresh_from_db()
    assert person.paused_until == TODAY


def test_nobody_who_left_is_brought_back_by_an_operator(operator: Client) -> None:
    person = reader(status="unsubscribed")
    assert operator.post(f"/admin/person/{person.pk}/change/", {"act": "resume"}).status_code == 404
    person.refresh_from_db()
    assert person.status == "unsubscribed"


def test_what_is_kept_is_exported(operator: Client) -> None:
    person = reader()
    answer = operator.get(f"/admin/person/{person.pk}/export/")
    assert answer.json()["email"] == person.email
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["", "1/preview/", "1/export/", "1/change/"])
def test_strangers_are_asked_to_log_in(client: Client, path: str) -> None:
    reader()
    answer = client.get(f"/admin/person/{path}")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")


def test_who_may_see_people_may_not_change_them(client: Client) -> None:
    person = reader()
    looker = User.objects.create_user("looker", is_staff=True)
    client.force_login(looker)
    assert client.get("/admin/person/").status_code == 403
    looker.user_permissions.add(Permission.objects.get(codename="view_subscriber"))
    client.force_login(User.objects.get(pk=looker.pk))
    assert client.get("/admin/person/", {"find": person.email}).status_code == 200
    assert client.post(f"/admin/person/{person.pk}/change/", {"act": "pause"}).status_code == 403
    changer = User.objects.create_user("changer", is_staff=True)
    changer.user_permissions.add(Permission.objects.get(codename="change_edition"))
    client.force_login(changer)
    assert client.post(f"/admin/person/{person.pk}/change/", {"act": "pause"}).status_code == 403


def test_whoever_looks_at_a_letter_gets_no_power_over_its_reader(operator: Client) -> None:
    person = reader()
    publish([Draft("2601.00001", tldr="Short.")], day=TODAY)
    page = operator.get(f"/admin/person/{person.pk}/preview/")
    assert page.status_code == 200
    letter = page.content.decode()
    assert "Short." in letter
    assert not re.search(r"/(unsubscribe|preferences|feedback|letters|my-feed)/", letter)


@pytest.mark.parametrize("letter", ["", "x", "²", "9" * 40, "-1"])
def test_a_letter_that_is_none_is_not_sent_again(operator: Client, letter: str) -> None:
    person = reader()
    answer = operator.post(f"/admin/person/{person.pk}/change/", {"act": "retry", "letter": letter}, follow=True)
    assert "This letter cannot be sent again." in answer.content.decode()


def test_the_page_asks_as_much_for_thirty_letters_as_for_one(
    operator: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = reader()
    for ago in range(30):
        planned(frozen(TODAY - timedelta(days=ago)), [person], state="accepted", finished_at=NOON)
    with django_assert_num_queries(9):
        operator.get("/admin/person/", {"find": person.email})
