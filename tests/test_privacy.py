"""People can take with them, and have deleted, all that is kept about them by any part of the product."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from digest import retention
from digest.editions import reader_feedback
from digest.models import Delivery, DeliveryEvent, Edition, Feedback, Paper, PaperNews
from digest.privacy import collect_personal_data
from subscriptions.exporting import collect_own_data
from subscriptions.models import AddressChange, FormerInterests, RememberedBrowser, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import address_change, deletion
from subscriptions.services.preferences import change_preferences
from tests.browsers import open_account
from tests.people import ada, bao, subscribe
from tests.subscriptions.letters import token_in
from tests.web.publishing import drafts, publish

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)


def letter(
    edition: Edition, person: Subscriber, *ranks: int, notices: tuple[int, ...] = (), news: tuple[int, ...] = ()
) -> Delivery:
    return Delivery.objects.create(
        edition=edition,
        subscriber=person,
        state=Delivery.State.ACCEPTED,
        picks=[[rank, 0.5, [["filter", "a private matter"]]] for rank in ranks],
        notices=notices,
        news=news or None,
        language="en",
        detail="tldr",
        provider_id="<x@provider.example>",
        created_at=NOON,
        finished_at=NOON,
    )


@pytest.fixture
def person() -> Subscriber:
    row, edition = subscribe(ada), publish(drafts(3))
    news = PaperNews.objects.create(
        paper=Paper.objects.get(arxiv_id="2601.00002"), kind="published", day=edition.day, title="Two"
    )
    letter(edition, row, 0, 2, notices=(1,), news=(news.id,))
    letter(edition, subscribe(bao), 1)
    reader_feedback.record_feedback(ada.id, Paper.objects.get(arxiv_id="2601.00001"), "more", place=1)
    reader_feedback.record_feedback(ada.id, Paper.objects.get(arxiv_id="2601.00002"), "save")
    reader_feedback.record_feedback(bao.id, Paper.objects.get(arxiv_id="2601.00003"), "less")
    return row


def test_the_export_has_feedback_saved_papers_and_letters(client: Client, person: Subscriber) -> None:
    found = open_account(client, person.id).get("/preferences/export/").json()
    [opinion], [saved] = found["opinions"], found["saved_papers"]
    assert (opinion["paper"], opinion["opinion"], opinion["place_in_letter"]) == ("2601.00001", "more", 1)
    assert (saved["paper"], saved["place_in_letter"]) == ("2601.00002", None)
    [sent] = found["letters"]
    assert (sent["edition"], sent["state"]) == ("2026-01-23", "accepted")
    assert [each["paper"] for each in sent["papers"]] == ["2601.00001", "2601.00003"]
    assert sent["told_of"] == ["2601.00002"]
    assert sent["news"] == [{"paper": "2601.00002", "what": "published"}]
    assert sent["papers"][0]["chosen_for"] == [["filter", "a private matter", 0, 0]]
    assert "2601.00003" not in json.dumps(found["opinions"])


def test_a_deletion_erases_all_personal_data(person: Subscriber) -> None:
    deletion.request_deletion(person)
    deletion.delete(token_in(mail.outbox[0]))
    assert not Feedback.objects.filter(subscriber=person.id).exists()
    [left] = Delivery.objects.filter(subscriber=None)
    assert (left.picks, left.notices, left.news, left.provider_id, left.state) == ([], [], None, "", "accepted")
    assert Delivery.objects.get(subscriber=bao.id).picks
    assert Feedback.objects.count() == 1


def test_a_deletion_in_the_admin_erases_as_much(person: Subscriber) -> None:
    Subscriber.objects.filter(id=person.id).delete()
    assert "a private matter" not in json.dumps([row.picks for row in Delivery.objects.filter(subscriber=None)])


def test_many_letters_cost_few_queries(
    person: Subscriber, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(1, 22):
        letter(publish(drafts(2), day=datetime(2025, 1, day, tzinfo=UTC).date()), person, 0, 1)
    with django_assert_max_num_queries(5):
        assert len(collect_personal_data(subscriber_id=person.id)["letters"]) == 22  # type: ignore[arg-type]


def test_every_table_about_a_person_is_exported_or_erased(person: Subscriber) -> None:
    """A table that is made to speak of people must be thought of here."""
    collect_own_data(person)
    speaking = {relation.related_model._meta.label for relation in Subscriber._meta.related_objects}
    assert speaking == {
        "digest.Delivery",
        "digest.Feedback",
        "subscriptions.AddressChange",
        "subscriptions.Errand",
        "subscriptions.FormerInterests",
        "subscriptions.RememberedBrowser",
    }


def test_provider_events_are_exported_and_erased(person: Subscriber) -> None:
    sent = Delivery.objects.get(subscriber=person)
    told = {"kind": "soft_bounce", "at": NOON, "provider": "Brevo", "reason": "452 full", "message_id": "x"}
    DeliveryEvent.objects.create(delivery=sent, key="x", event_id="y", **told)
    kept: dict[str, Any] = collect_own_data(person)
    assert kept["letters"][0]["reported"] == [{"what": "soft_bounce", "at": NOON, "reason": "452 full"}]
    person.delete()
    event = DeliveryEvent.objects.get()
    assert (event.message_id, event.event_id, event.reason) == ("", "", "")


def test_what_is_kept_for_a_time_is_exported_and_ends(client: Client, person: Subscriber) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        open_account(client, person.id)
        change_preferences(person, Preferences(filters=("other",)))
        address_change.request_address_change(person, "new@example.net")
        address_change.confirm_address_change(token_in(mail.outbox[0]))
        kept = collect_own_data(person)
        assert kept["remembered_browsers"] == [{"since": NOON.isoformat(), "until": "2026-04-23T12:00:00+00:00"}]
        assert kept["earlier_addresses"] == [{"email": ada.email, "until": NOON.isoformat()}]
        assert kept["earlier_interests"] == [
            {"categories": "cs.LG stat.ML", "query": "", "until": NOON.isoformat()},
        ]
        clock.shift(timedelta(days=121))
        retention.forget_due(timezone.now())
        assert (
            AddressChange.objects.count() == FormerInterests.objects.count() == RememberedBrowser.objects.count() == 0
        )
