"""What operators do is recorded: who, what, when, to which row. Nobody's address is."""

from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from digest.models import Delivery, Edition
from subscriptions import audit
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from tests.delivery.outbox_rows import crowd, frozen_edition, planned
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db

# Far from the numbers that the database gives to those who are imported.
UNUSED_ID = 1_000_001


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("grace"))
    return client


def entries() -> list[tuple[str, str, str]]:
    """Return who did what to which row, in the order in which it was done."""
    rows = LogEntry.objects.order_by("id").select_related("user")
    for row in rows:
        assert "@" not in f"{row.object_repr}{row.change_message}{row.object_id}"
    return [(row.user.get_username(), row.change_message, row.object_repr) for row in rows]


def test_actions_of_the_list_of_editions_are_recorded(operator: Client) -> None:
    edition = frozen_edition()
    for action in ("pause", "resume"):
        operator.post("/admin/digest/edition/", {"action": action, "_selected_action": edition.pk})
    name = f"{Edition._meta.verbose_name} {edition.pk}"
    assert entries() == [("grace", "pause_edition", name), ("grace", "resume_edition", name)]


def test_who_is_deleted_is_recorded_by_id(operator: Client) -> None:
    people = [subscribe(ada), subscribe(bao)]
    operator.post(f"/admin/subscriptions/subscriber/{ada.id}/delete/", {"post": "yes"})
    operator.post(
        "/admin/subscriptions/subscriber/",
        {"action": "delete_selected", "_selected_action": [bao.id], "post": "yes"},
    )
    assert not Subscriber.objects.exists()
    name = Subscriber._meta.verbose_name
    assert entries() == [("grace", "deleted", f"{name} {person.id}") for person in people]


def test_who_is_blocked_is_recorded_by_id(operator: Client) -> None:
    operator.post("/admin/subscriptions/suppression/add/", {"email": "ada@example.org", "reason": "blocked"})
    row = Suppression.objects.get()
    operator.post(f"/admin/subscriptions/suppression/{row.pk}/delete/", {"post": "yes"})
    name = f"{Suppression._meta.verbose_name} {row.pk}"
    assert entries() == [("grace", "added", name), ("grace", "deleted", name)]


def test_commands_about_an_edition_are_recorded() -> None:
    edition = frozen_edition()
    planned(edition, crowd(2), state=Delivery.State.FAILED)
    for command in (["pause_edition"], ["resume_edition"], ["retry_letters"], ["retry_letters", "--yes"]):
        call_command(*command, "--date", edition.day.isoformat())
    name = f"{Edition._meta.verbose_name} {edition.pk}"
    done = ["pause_edition", "resume_edition", "retry_letters --failed: 2"]
    assert entries() == [(audit.COMMAND_LINE, words, name) for words in done]


def test_commands_about_people_are_recorded(tmp_path: Path) -> None:
    subscribe(ada, id=UNUSED_ID)
    Suppression.objects.create(address_hash=hash_address(ada.email), reason="hard_bounce")
    file = tmp_path / "people.csv"
    call_command("export_subscribers", "--output", file)
    call_command("undo_suppressions", "--address", ada.email)
    file.write_text("email,query,consent_at\nbao@example.cn,attention,2026-01-01\n")
    call_command("import_subscribers", file, "--dry-run")
    call_command("import_subscribers", file)
    assert [words for _who, words, _row in entries()] == [
        "export_subscribers: 1",
        "undo_suppressions --address: 1",
        "import_subscribers: 1",
    ]


def test_samples_that_are_sent_are_recorded(operator: Client) -> None:
    form = {"kind": "confirm", "language": "en", "address": "you@example.org"}
    operator.post("/admin/digest/edition/letters/", form)
    call_command("preview_letter", "--kind", "confirm", "--send", "you@example.org")
    assert [(who, words) for who, words, _row in entries()] == [
        ("grace", "sample of confirm, en"),
        (audit.COMMAND_LINE, "preview_letter --send"),
    ]


def test_nobody_logs_in_as_the_command_line(client: Client) -> None:
    audit.record_command("pause_edition")
    user = User.objects.get(username=audit.COMMAND_LINE)
    assert (user.is_active, user.is_staff, user.has_usable_password()) == (False, False, False)


def test_the_record_is_shown_and_not_changed(operator: Client) -> None:
    audit.record_command("pause_edition")
    row = LogEntry.objects.get()
    assert "pause_edition" in operator.get("/admin/admin/logentry/").content.decode()
    assert operator.post(f"/admin/admin/logentry/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operator.post(f"/admin/admin/logentry/{row.pk}/change/", {}).status_code == 403
