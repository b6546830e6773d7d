"""In the admin: who got which letter, when, and what happened; and editions that are held back and let go."""

from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digest.models import Delivery, DeliveryEvent, Edition
from subscriptions.models import Subscriber
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned
from tests.web.pages import tree, words

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


def letter(reader: Subscriber, days: int, **row: Any) -> Delivery:
    """Of the edition so many days after NOW's."""
    edition, _new = Edition.objects.get_or_create(day=(NOW + days * DAY).date(), defaults={"frozen_at": NOW})
    return planned(edition, [reader], **{"created_at": NOW + days * DAY, **row})[0]


def told(row: Delivery, kind: str, reason: str = "") -> None:
    DeliveryEvent.objects.create(
        delivery=row, kind=kind, at=row.created_at, provider="Brevo", reason=reason, key=f"{row.id}{kind}{reason}"
    )


def history(operator: Client, reader: Subscriber) -> list[dict[str, str]]:
    with time_machine.travel(NOW + 30 * DAY, tick=False):
        page = tree(operator.get(f"/admin/subscriptions/subscriber/{reader.pk}/change/"))
    rows = [row for row in page.iter("tr") if "has_original" in row.get("class", "")]
    return [{_name(cell): words(cell) for cell in row.iter("td") if _name(cell)} for row in rows]


def _name(cell: Element) -> str:
    return cell.get("class", "").partition("field-")[2]


def test_the_page_of_a_person_tells_what_became_of_each_letter(operator: Client) -> None:
    [reader] = crowd(1)
    sent = letter(reader, 0, state="accepted", attempts=2, finished_at=NOW + timedelta(minutes=6))
    told(sent, "soft_bounce", "452 mailbox full")
    letter(reader, 1, state="excluded", reason="too_late", finished_at=NOW + DAY)
    newest, oldest = history(operator, reader)
    assert newest["day"] == "24 Jan 2026"
    assert (newest["state"], newest["why"]) == ("excluded", "it would have come too late after their hour")
    assert oldest == {
        "day": "23 Jan 2026",
        "state": "accepted",
        "why": "",
        "attempts": "2",
        "planned": "2026-01-23 08:00",
        "finished": "2026-01-23 08:06",
        "provider_reports": "2026-01-23 08:00 soft bounce 452 mailbox full",
    }


def test_what_a_provider_says_is_shown_as_text(operator: Client) -> None:
    [reader] = crowd(1)
    told(letter(reader, 0, state="failed", reason="<script>a</script>"), "deferred", "<script>b</script>")
    [row] = history(operator, reader)
    assert (row["why"], row["provider_reports"][-18:]) == ("<script>a</script>", "<script>b</script>")


def test_the_list_of_letters_says_why_in_words(operator: Client) -> None:
    letter(crowd(1)[0], 0, state="excluded", reason="too_late")
    assert "it would have come too late after their hour" in words(tree(operator.get("/admin/digest/delivery/")))


def test_nobody_else_s_letters_and_none_of_months_ago_are_shown(operator: Client) -> None:
    reader, other = crowd(2)
    letter(reader, -40)
    letter(other, 0)
    assert history(operator, reader) == []


def test_thirty_letters_take_as_many_queries_as_five(operator: Client) -> None:
    [reader] = crowd(1)

    def queries(first: int, last: int) -> int:
        for number in range(first, last):
            told(letter(reader, 29 - number), "delivered")
        with CaptureQueriesContext(connection) as captured:
            assert len(history(operator, reader)) == last
        return len(captured)

    queries(0, 1)
    assert queries(1, 5) == queries(5, 30) <= 12


def test_a_person_s_letters_cannot_be_changed_there(operator: Client) -> None:
    [reader] = crowd(1)
    row = letter(reader, 0)
    address = f"/admin/subscriptions/subscriber/{reader.pk}/change/"
    assert operator.post(address, {"deliveries-0-id": row.pk, "deliveries-0-state": "accepted"}).status_code == 403


# --- pausing --------------------------------------------------------------------------------------------------------
def act(operator: Client, action: str, *editions: Edition) -> str:
    chosen = {"action": action, "_selected_action": [edition.pk for edition in editions]}
    return words(tree(operator.post("/admin/digest/edition/", chosen, follow=True)))


def test_editions_are_held_back_and_let_go_from_their_list(operator: Client) -> None:
    edition, other = frozen_edition(), frozen_edition((NOW + DAY).date())
    planned(edition, crowd(2))
    Delivery.objects.filter(subscriber=1).update(not_after=NOW)
    said = act(operator, "pause", edition, other)
    assert "The edition of 2026-01-23 is paused. 2 letters wait." in said
    assert set(Edition.objects.values_list("paused", "pause_reason")) == {(True, "Paused by operator.")}
    with time_machine.travel(NOW, tick=False):
        said = act(operator, "resume", edition)
    assert "1 of them would come too late and will be skipped." in said
    assert set(Edition.objects.values_list("paused", flat=True)) == {False, True}


def test_who_may_only_look_may_not_pause(client: Client) -> None:
    edition = frozen_edition()
    client.force_login(User.objects.create_user("visitor", is_staff=True))
    assert (
        client.post("/admin/digest/edition/", {"action": "pause", "_selected_action": [edition.pk]}).status_code == 403
    )
    assert not Edition.objects.get().paused
