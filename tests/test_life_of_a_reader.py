"""A reader's whole life, from the sign-up to the deletion: their file has all of it, and afterwards nothing is left."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from anymail.signals import AnymailTrackingEvent
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from digest.delivery.webhooks.events import receive_event
from digest.editions import reader_feedback
from digest.models import Delivery, DeliveryEvent, Paper
from subscriptions.email import outage
from subscriptions.models import Errand, Subscriber, Suppression
from subscriptions.preference_defaults import Preferences
from subscriptions.services import address_change, deletion, preferences, signup, suppression
from tests.browsers import open_account
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import planned
from tests.delivery.smtp_server import PostOffice, Server
from tests.subscriptions.letters import token_in
from tests.web.publishing import drafts, publish

SMTP_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
FIRST, SECOND, ASKED_FOR = "Zelda.Quux@example.org", "quuxine@example.net", "quuxling@example.com"
# Parts of the names before the sign @, in small letters: a mail server may name its user without a domain.
NEEDLES = ("zelda", "quux")
SAID = "550 5.2.1 zelda.quux <Zelda.Quux@example.org>: user Zelda.Quux is over quota"


@pytest.fixture
def post_office(settings: Settings) -> Iterator[PostOffice]:
    office = PostOffice()
    server = Server(office)
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield office
    server.stop()


def find_rows() -> list[str]:
    """Return all rows of all tables that name the reader."""
    tables = {model._meta.label: model._default_manager for model in apps.get_models(include_auto_created=True)}
    rows = ((label, repr(row)) for label, table in tables.items() for row in table.values_list())
    return [f"{label}: {row}" for label, row in rows if _names_the_reader(row.encode())]


def find_files(folder: Path) -> list[str]:
    """Return the files below *folder* that name the reader; with SQLite the database is one of them, compacted."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(folder / "compacted.sqlite3")])
    return [str(path) for path in folder.rglob("*") if path.is_file() and _names_the_reader(path.read_bytes())]


def _names_the_reader(content: bytes) -> bool:
    return any(needle.encode() in content.lower() for needle in NEEDLES)


def live(client: Client, operator: Client, office: PostOffice, settings: Settings, folder: Path) -> Subscriber:
    """Have everything happen that leaves a line of a reader somewhere, and return their row."""
    assert client.post("/", {"email": FIRST, "filters": "attention", "language": "en"}).status_code == 302
    reader = signup.confirm(token_in(mail.outbox[-1]))
    open_account(client, reader.id)
    _import(folder)
    preferences.change_preferences(reader, Preferences(filters=("graphs",)))
    _get_letters(reader, office, settings)
    reader_feedback.record_feedback(reader.id, Paper.objects.get(arxiv_id="2601.00001"), "more")
    reader_feedback.record_feedback(reader.id, Paper.objects.get(arxiv_id="2601.00002"), "save")
    mail.outbox.clear()
    address_change.request_address_change(reader, SECOND)
    reader = address_change.confirm_address_change(token_in(mail.outbox[0]))
    open_account(client, reader.id)
    _leave_work_for_operators(reader, operator)
    Subscriber.objects.filter(id=reader.id).update(new_email=ASKED_FOR)
    # What waits for the mail server, or to be decided.
    waiting = [
        (Errand.Kind.ADDRESS, reader, ASKED_FOR),
        (Errand.Kind.REMINDER, reader, ""),
        (Errand.Kind.SIGN_UP, None, FIRST.upper()),
        (Errand.Kind.LINK, None, SECOND),
    ]
    for kind, person, email in waiting:
        Errand.objects.create(kind=kind, subscriber=person, email=email, not_before=timezone.now())
    return Subscriber.objects.get(id=reader.id)


def _import(folder: Path) -> None:
    path = folder / "people.csv"
    path.write_text(f"email,query\n{FIRST},attention\n")
    call_command("import_subscribers", str(path))
    path.unlink()  # it is the operator's


def _get_letters(reader: Subscriber, office: PostOffice, settings: Settings) -> None:
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, SMTP_BACKEND
    edition = publish(drafts(3))
    planned(edition, [reader])
    office.on_rcpt = lambda address: SAID
    drain(edition)
    assert Delivery.objects.get().state == Delivery.State.FAILED
    edition = publish(drafts(0), day=edition.day.replace(day=22))
    planned(edition, [reader], state="accepted", provider_id="letter-1", worker="drain of one machine")
    settings.EMAIL_BACKEND = usual
    for number, message_id in enumerate(("letter-1", "of a confirmation")):
        event = AnymailTrackingEvent(
            event_type="bounced",
            reject_reason="bounced",
            event_id=f"event-{number}",
            message_id=message_id,
            recipient=FIRST,
            timestamp=timezone.now(),
            mta_response=SAID.replace("550 5.2.1", "452 4.2.2"),
            description=f"{FIRST} was not reached",
            esp_event={"email": FIRST},
        )
        receive_event(event=event, esp_name="Brevo")
    assert DeliveryEvent.objects.count() == 2


def _leave_work_for_operators(reader: Subscriber, operator: Client) -> None:
    path = "/admin/subscriptions/suppression/"
    operator.post(f"{path}add/", {"email": FIRST, "reason": "hard_bounce"})
    assert operator.get(f"{path}?q={FIRST}").status_code == 200
    assert operator.get(f"/admin/subscriptions/subscriber/?q={SECOND}").status_code == 200
    assert operator.get(f"/admin/subscriptions/subscriber/{reader.id}/change/").status_code == 200
    call_command("undo_suppressions", "--address", FIRST)
    # As Django records it by itself; ours have numbers only.
    words = {"object_repr": f"{FIRST}: complaint", "change_message": f"Changed {SECOND.upper()}", "action_flag": CHANGE}
    LogEntry.objects.create(user=User.objects.get(username="operator"), **words)
    suppression.suppress(SECOND, "hard_bounce")
    outage.note_failure("SMTPRecipientsRefused: 452 quuxine is over quota", "example.net")


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.mark.django_db(transaction=True)
def test_a_deletion_leaves_no_line_with_the_address(
    client: Client, operator: Client, post_office: PostOffice, settings: Settings, tmp_path: Path
) -> None:
    settings.LOGBOOKS = tmp_path / "logbooks"
    reader = live(client, operator, post_office, settings, tmp_path)
    assert len(find_rows()) > 5
    deletion.delete_subscriber(reader)
    assert find_rows() == []
    assert find_files(tmp_path) == []
    assert suppression.find_known([FIRST.lower(), SECOND]).deleted == {FIRST.lower(), SECOND}


@pytest.mark.django_db
def test_the_own_file_has_the_whole_life(
    client: Client, operator: Client, post_office: PostOffice, settings: Settings, tmp_path: Path
) -> None:
    live(client, operator, post_office, settings, tmp_path)
    kept = client.get("/preferences/export/").json()
    assert [each["reason"] for each in kept["suppressions"]] == ["hard_bounce"]
    assert kept["suppressions"][0]["since"]
    assert {each["kind"] for each in kept["account_letters_waiting"]} == {"ask_address", "remind"}
    assert (kept["new_address_asked_for"], kept["status"]) == (ASKED_FOR, "active")
    assert kept["consent_at"]
    assert kept["confirmed_at"]
    assert [each["email"] for each in kept["earlier_addresses"]] == [FIRST]
    assert [each["query"] for each in kept["earlier_interests"]] == ["attention"]
    assert [set(each) for each in kept["remembered_browsers"]] == [{"since", "until"}]
    assert [each["opinion"] for each in kept["opinions"]] == ["more"]
    assert [each["paper"] for each in kept["saved_papers"]] == ["2601.00002"]
    assert sorted(each["state"] for each in kept["letters"]) == ["accepted", "failed"]
    assert "address_hash" not in json.dumps(kept)


# Where a reader's own file has each field of theirs, or why it has not.
FIELDS = {
    **{name: name for name in ("email", "status", "categories", "language", "timezone", "hour", "days", "papers")},
    **{name: name for name in ("minimum", "detail", "popularity", "switched_off", "paused_until")},
    **{name: name for name in ("created_at", "consent_at", "confirmed_at")},
    **{name: name for name in ("unsubscribed_at", "mailed_at", "asked_at", "reminded_at", "changed_at")},
    "filters": "query",
    "new_email": "new_address_asked_for",
    "wishes": "wishes_not_confirmed",
}
MADE_BY_US = {"id", "email_key", "address_hash", "epoch", "key", "feed_number"}
# Where it has each table that speaks of readers.
TABLES = {
    "subscriptions.AddressChange": "earlier_addresses",
    "subscriptions.Errand": "account_letters_waiting",
    "subscriptions.FormerInterests": "earlier_interests",
    "subscriptions.RememberedBrowser": "remembered_browsers",
    "subscriptions.Suppression": "suppressions",
    "digest.Delivery": "letters",
    "digest.DeliveryEvent": "letters",
    "digest.ShownPaper": "letters",
    "digest.Feedback": "opinions",
}
SPEAK_OF_NOBODY = {
    *("subscriptions.Subscriber", "subscriptions.MailOutage", "subscriptions.Count"),
    *(
        "digest.Paper",
        "digest.PaperNews",
        "digest.Version",
        "digest.Announcement",
        "digest.Signal",
        "digest.Summary",
        "digest.Backfill",
    ),
    *("digest.VersionEmbedding", "digest.VersionVector", "digest.SearchBlock", "digest.SearchTerm"),
    "digest.InterestVector",
    "digest.SenderCheck",
    *("digest.Edition", "digest.EditionEntry", "digest.EditionSummary", "digest.LedgerLine", "digest.Missing"),
    *(
        "digest.Rejection",
        "digest.Turn",
        "digest.RelatingSentence",
        "digest.ModelBatch",
        "digest.ModelCall",
        "digest.Pace",
        "digest.Alarm",
        "digest.SignOfLife",
        "digest.Run",
    ),
}


@pytest.mark.django_db
def test_every_field_about_a_reader_is_in_their_file(client: Client) -> None:
    """A field or a table that is new must be thought of here, and in `collect_own_data`."""
    assert client.post("/", {"email": FIRST, "filters": "attention", "language": "en"}).status_code == 302
    reader = signup.confirm(token_in(mail.outbox[-1]))
    kept = open_account(client, reader.id).get("/preferences/export/").json()
    assert {field.name for field in Subscriber._meta.concrete_fields} == FIELDS.keys() | MADE_BY_US
    models = {
        model._meta.label for app in ("subscriptions", "digest") for model in apps.get_app_config(app).get_models()
    }
    assert models == TABLES.keys() | SPEAK_OF_NOBODY
    speaking = {relation.related_model._meta.label for relation in Subscriber._meta.related_objects}
    assert speaking <= TABLES.keys()
    assert {*FIELDS.values(), *TABLES.values(), "saved_papers"} <= kept.keys()


@pytest.mark.django_db
def test_who_deleted_their_data_comes_back_by_themselves(client: Client, tmp_path: Path) -> None:
    form = {"email": FIRST, "filters": "attention", "language": "en"}
    client.post("/", form)
    deletion.delete_subscriber(signup.confirm(token_in(mail.outbox[-1])))
    client.post("/", form)
    assert Suppression.objects.count() == 1, "not before they confirm"
    reader = signup.confirm(token_in(mail.outbox[-1]))
    assert (reader.status, Suppression.objects.count()) == (Subscriber.Status.ACTIVE, 0)
