"""The operator's window."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from digest.delivery.outages import begin_outage
from digest.delivery.pause import pause_by_itself
from digest.models import (
    Backfill,
    Delivery,
    DeliveryEvent,
    Edition,
    Feedback,
    LedgerLine,
    ModelBatch,
    ModelCall,
    Pace,
    Rejection,
    Run,
    Signal,
)
from digest.search.index import index_versions
from tests.people import ada, subscribe
from tests.web.pages import tree, words
from tests.web.publishing import FRIDAY, Draft, publish, summarise

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 23, 8, tzinfo=UTC)
TABLES = [
    "paper",
    "version",
    "announcement",
    "ledgerline",
    "rejection",
    "signal",
    "summary",
    "backfill",
    "modelcall",
    "modelbatch",
    "edition",
    "delivery",
    "deliveryevent",
    "pace",
    "feedback",
    "run",
]


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


def fill(first: int, last: int) -> None:
    """One row more in every table for each number."""
    for number in range(first, last):
        day = FRIDAY + timedelta(days=number)
        draft = Draft(f"2601.{number:05}", f"Paper {number}", tldr="Short.")
        edition = publish([draft], day=day)
        entry = edition.entries.get()
        paper = entry.version.paper
        person = subscribe(ada, id=number + 1, email=f"{number}@example.org", email_key=f"{number}@example.org")
        provider_id = f"<{number}@mail.example>"
        letter = {"language": "en", "detail": "tldr", "created_at": NOW, "provider_id": provider_id}
        sent = Delivery.objects.create(edition=edition, subscriber=person, **letter)
        DeliveryEvent.objects.create(delivery=sent, kind="delivered", at=NOW, provider="Resend", key=str(number))
        Backfill.objects.create(version=entry.version, language="zh", reason="no answer")
        batch = ModelBatch.objects.create(model="small-1", prompt_version="1")
        asked = {"model": "small-1", "prompt_version": "1", "batch": batch}
        ModelCall.objects.create(version=entry.version, language="zh", **asked)
        Feedback.objects.create(subscriber=person, paper=paper, kind="more")
        LedgerLine.objects.create(day=day, category="cs.LG", announced=3)
        Rejection.objects.create(day=day, source="sample", where="line 1", reason="no title")
        Signal.objects.create(paper=paper, kind="upvotes", value=3, observed_at=NOW)
        Pace.objects.create(name=f"{number}.example.org", window=NOW)
        Run.objects.create(day=day, source="sample", started_at=NOW)


def test_a_list_asks_as_much_for_fifty_rows_as_for_five(operator: Client) -> None:
    fill(0, 5)
    few = {table: queries(operator, table) for table in TABLES}
    fill(5, 50)
    assert {table: queries(operator, table) for table in TABLES} == few


def queries(operator: Client, table: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert operator.get(f"/admin/digest/{table}/").status_code == 200
    return len(captured)


@pytest.mark.parametrize("table", TABLES)
def test_everything_can_be_opened_and_nothing_added_or_deleted(operator: Client, table: str) -> None:
    fill(0, 1)
    listing = tree(operator.get(f"/admin/digest/{table}/"))
    opened = next(link.get("href", "") for link in listing.iter("a") if link.get("href", "").endswith("/change/"))
    assert operator.get(opened).status_code == 200
    assert operator.get(f"/admin/digest/{table}/add/").status_code == 403
    assert operator.get(opened.replace("/change/", "/delete/")).status_code == 403


@pytest.mark.parametrize("table", [table for table in TABLES if table != "edition"])
def test_rows_that_the_books_rest_on_cannot_be_changed(operator: Client, table: str) -> None:
    fill(0, 1)
    listing = tree(operator.get(f"/admin/digest/{table}/"))
    opened = next(link.get("href", "") for link in listing.iter("a") if link.get("href", "").endswith("/change/"))
    assert operator.post(opened, {"title": "x"}).status_code == 403


def test_an_edition_can_be_paused_and_given_a_note(operator: Client) -> None:
    edition = publish()
    operator.post(f"/admin/digest/edition/{edition.pk}/change/", {"paused": "on", "note": "Hello", "state": "open"})
    edition.refresh_from_db()
    assert (edition.paused, edition.note, edition.state) == (True, "Hello", "frozen")


@pytest.mark.parametrize("state", ["claimed", "submitting", "accepted", "failed", "uncertain"])
def test_once_a_letter_has_left_the_note_stays_as_it_was_sent(operator: Client, state: str) -> None:
    edition = publish()
    deliver(edition, subscribe(ada), state)
    operator.post(f"/admin/digest/edition/{edition.pk}/change/", {"paused": "on", "note": "Hello"})
    edition.refresh_from_db()
    assert (edition.paused, edition.note) == (True, "")


@pytest.mark.parametrize("state", ["pending", "excluded"])
def test_while_letters_wait_the_note_may_still_be_written(operator: Client, state: str) -> None:
    edition = publish()
    deliver(edition, subscribe(ada), state)
    operator.post(f"/admin/digest/edition/{edition.pk}/change/", {"note": "Hello"})
    edition.refresh_from_db()
    assert edition.note == "Hello"


def test_the_funnel_of_an_edition_counts_each_thing_once(operator: Client) -> None:
    edition = publish([Draft("2601.00001", tldr="Short."), Draft("2601.00002"), Draft("2601.00003")])
    publish([Draft("2601.00004")], day=date(2026, 1, 22))
    LedgerLine.objects.create(day=FRIDAY, category="cs.LG", announced=3)
    LedgerLine.objects.create(day=FRIDAY, category="stat.ML", announced=4)
    Rejection.objects.create(day=FRIDAY, source="sample", where="line 1", reason="no title")
    for number, state in enumerate(["accepted", "accepted", "excluded", "failed", "uncertain", "pending", "claimed"]):
        person = subscribe(ada, id=number + 1, email_key=f"{number}@example.org")
        deliver(edition, person, state)
    row = funnel(operator, "Jan. 23, 2026")
    assert row == {
        "announced": "7",
        "rejected": "1",
        "papers": "3",
        "summarised": "1",
        "due": "7",
        "accepted": "2",
        "excluded": "1",
        "failed": "1",
        "uncertain": "1",
        "waiting": "2",
    }
    assert set(funnel(operator, "Jan. 22, 2026").values()) == {"0", "1"}


def deliver(edition: Edition, person: Any, state: str) -> None:
    Delivery.objects.create(
        edition=edition, subscriber=person, state=state, language="en", detail="tldr", created_at=NOW
    )


def funnel(operator: Client, day: str) -> dict[str, str]:
    rows = [row for row in tree(operator.get("/admin/digest/edition/")).iter("tr") if day in words(row)]
    cells = {cell.get("class", "").removeprefix("field-"): words(cell) for cell in rows[0].iter("td")}
    return {name: cells[name] for name in cells if name in FUNNEL}


FUNNEL = {
    "announced",
    "rejected",
    "papers",
    "summarised",
    "due",
    "accepted",
    "excluded",
    "failed",
    "uncertain",
    "waiting",
}


@pytest.mark.parametrize(
    ("table", "words_typed"),
    [
        ("delivery", " 0@Example.org"),
        ("delivery", "<0@mail.example>"),
        ("deliveryevent", "0@example.org"),
        ("deliveryevent", "<0@mail.example>"),
        ("feedback", "0@example.org"),
        ("feedback", "2601.00000"),
        ("paper", '"Paper 0"'),
        ("version", "arXiv:2601.00000v1"),
        ("announcement", "2601.00000"),
        ("signal", "2601.00000"),
        ("summary", '"Paper 0"'),
        ("modelcall", "2601.00000"),
        ("backfill", "2601.00000"),
    ],
)
def test_rows_are_found_by_what_an_operator_knows(operator: Client, table: str, words_typed: str) -> None:
    fill(0, 3)
    index_versions()
    listing = tree(operator.get(f"/admin/digest/{table}/", {"q": words_typed}))
    found = {link.get("href") for link in listing.iter("a") if "/change/" in link.get("href", "")}
    assert len({(link or "").partition("/change/")[0] for link in found}) == 1


def test_a_summary_in_the_list_is_the_one_that_was_written(operator: Client) -> None:
    edition = publish()
    summarise(edition.entries.get().version, Draft(tldr="Very short."))
    assert "Very short." in operator.get("/admin/digest/summary/").content.decode()


def test_the_page_of_a_letter_shows_what_its_provider_told(operator: Client) -> None:
    fill(0, 1)
    sent = Delivery.objects.get()
    told = {"kind": "soft_bounce", "at": NOW, "provider": "Brevo", "reason": "452 mailbox full"}
    DeliveryEvent.objects.create(delivery=sent, key="x", **told)
    page = words(tree(operator.get(f"/admin/digest/delivery/{sent.pk}/change/")))
    assert "Resend" in page
    assert "452 mailbox full" in page


def test_the_page_of_an_edition_counts_what_providers_told(operator: Client) -> None:
    fill(0, 2)
    sent = Delivery.objects.first()
    assert sent
    DeliveryEvent.objects.create(delivery=sent, kind="soft_bounce", at=NOW, provider="Brevo", key="x")
    page = words(tree(operator.get(f"/admin/digest/edition/{sent.edition_id}/change/")))
    assert "delivered: 1, soft bounce: 1" in page


def test_the_first_page_tells_of_a_pause_and_what_to_do(operator: Client) -> None:
    fill(0, 2)
    assert "are paused" not in words(tree(operator.get("/admin/")))
    edition = Edition.objects.order_by("day").first()
    assert edition
    pause_by_itself(edition, "20 letters <b>in a row</b> could not be sent.", timezone.now())
    answer = operator.get("/admin/")
    page = words(tree(answer))
    assert f"The letters of {edition.day} are paused since" in page
    assert f"resume_edition --date {edition.day}" in page
    assert "<b>in a row</b>" not in answer.content.decode()


def test_the_first_page_tells_of_a_mail_server_that_is_down(operator: Client) -> None:
    fill(0, 2)
    edition = Edition.objects.order_by("day").first()
    assert edition
    begin_outage(edition, "535 5.7.8 <b>Bad</b> credentials", timezone.now())
    Delivery.objects.filter(edition=edition).update(state="pending")
    assert Delivery.objects.filter(edition=edition).exists()
    answer = operator.get("/admin/")
    page = words(tree(answer))
    assert "The mail server has taken no letter since" in page
    assert "What to do: See whether the mail server is up" in page
    assert "<b>Bad</b>" not in answer.content.decode()


def test_a_pause_by_the_checkbox_is_as_new_as_one_by_the_action(operator: Client) -> None:
    fill(0, 1)
    Edition.objects.update(paused_at=timezone.now() - timedelta(days=300))
    edition = Edition.objects.get()
    page = f"/admin/digest/edition/{edition.pk}/change/"
    operator.post(page, {"paused": "on", "pause_reason": "By hand.", "note": ""})
    edition.refresh_from_db()
    assert edition.paused_at
    assert edition.paused_at > timezone.now() - timedelta(minutes=1)
    assert edition.alerted_at, "whoever did it need not be told"
    operator.post(page, {"pause_reason": "By hand.", "note": ""})
    edition.refresh_from_db()
    assert (edition.paused, edition.pause_reason, bool(edition.resumed_at)) == (False, "", True)


def test_the_first_page_forgets_an_old_pause_that_holds_nothing_back(operator: Client) -> None:
    fill(0, 1)
    Delivery.objects.update(state="accepted")
    Edition.objects.update(paused=True, paused_at=timezone.now() - timedelta(days=15))
    assert "are paused" not in words(tree(operator.get("/admin/")))
    Delivery.objects.update(state="pending")
    assert "are paused" in words(tree(operator.get("/admin/")))


def test_a_row_s_own_number_is_no_field_of_its_page(operator: Client) -> None:
    fill(0, 1)
    page = operator.get(f"/admin/digest/rejection/{Rejection.objects.get().pk}/change/").content.decode()
    assert "field-reason" in page
    assert "field-id" not in page


def test_a_search_without_end_is_refused_and_breaks_nothing(operator: Client) -> None:
    assert operator.get("/admin/subscriptions/subscriber/", {"q": "(" * 60_000}).status_code == 400
    assert operator.get("/admin/subscriptions/subscriber/", {"q": "ada@example.org"}).status_code == 200


def test_the_calls_say_what_day_and_month_have_cost(operator: Client) -> None:
    fill(0, 2)
    ModelCall.objects.update(cost="0.25", prompt_tokens=300, completion_tokens=100)
    page = operator.get(reverse("admin:digest_modelcall_changelist")).content.decode()
    assert "Today: $0.5000, 800 tokens · This month: $0.5000, 800 tokens" in page
