"""What an operator types about an edition's letters: hold them, let them go, try again, settle what is uncertain."""

import json
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from digest.delivery import operations, pause
from digest.delivery.letter_order import order_for_delivery
from digest.models import Delivery, Edition
from subscriptions.address_hashes import hash_address
from subscriptions.email.mail_answers import Fault
from subscriptions.models import Subscriber, Suppression
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states

pytestmark = pytest.mark.django_db

DATE = ("--date", "2026-01-23")
COMMANDS = ["pause_edition", "resume_edition", "retry_letters", "settle_letters"]


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def typed(command: str, *flags: str, at: datetime = NOW, out: StringIO | None = None) -> str:
    out = out or StringIO()
    with time_machine.travel(at, tick=False):
        call_command(command, *DATE, *flags, stdout=out)
    return out.getvalue()


def told(command: str, *flags: str, at: datetime = NOW) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(typed(command, *flags, "--json", at=at))
    return found


def ended(
    edition: Edition, state: str, count: int = 1, reason: str = "550 5.7.1 Blocked", fault: str = ""
) -> list[Delivery]:
    first = Subscriber.objects.count() + 1
    return planned(edition, crowd(count, first), state=state, reason=reason, fault=fault, attempts=2, finished_at=NOW)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_day_without_an_edition_is_named(command: str) -> None:
    with pytest.raises(CommandError, match=r"^There is no edition of 2026-01-23\.$"):
        typed(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_beside_a_day_without_an_edition_the_latest_is_named(command: str) -> None:
    Edition.objects.create(day=date(2026, 1, 21))
    Edition.objects.create(day=date(2026, 1, 22))
    with pytest.raises(CommandError, match=r"^There is no edition of 2026-01-23\. The latest is of 2026-01-22\.$"):
        typed(command)


# --- pausing --------------------------------------------------------------------------------------------------------
def test_a_pause_says_what_waits_and_how_to_go_on(edition: Edition) -> None:
    planned(edition, crowd(2))
    assert typed("pause_edition", "--reason", "A mistake in the note.").splitlines() == [
        "The edition of 2026-01-23 is paused: A mistake in the note.",
        "2 letters wait.",
        "To go on: python manage.py resume_edition --date 2026-01-23",
    ]
    edition.refresh_from_db()
    assert (edition.paused, edition.pause_reason) == (True, "A mistake in the note.")


def test_pausing_twice_is_pausing_once_and_keeps_the_reason(edition: Edition) -> None:
    wanted = {"day": "2026-01-23", "paused": True, "reason": "Wait.", "waiting": 0, "too_late": 0}
    assert told("pause_edition", "--reason", "Wait.") == {**wanted, "changed": True}
    assert told("pause_edition") == {**wanted, "changed": False}
    assert "was paused already: Wait." in typed("pause_edition")
    assert told("pause_edition", "--reason", "Wait longer.")["changed"] is True


def test_going_on_says_what_will_be_skipped(edition: Edition) -> None:
    planned(edition, crowd(3))
    Delivery.objects.filter(subscriber=1).update(not_after=NOW - timedelta(hours=1))
    pause.pause_edition(edition, "", NOW)
    assert typed("resume_edition").splitlines() == [
        "The edition of 2026-01-23 goes on.",
        "3 letters wait. 1 of them would come too late and will be skipped.",
        "To send them now: python manage.py send_letters --date 2026-01-23",
    ]
    edition.refresh_from_db()
    assert (edition.paused, edition.pause_reason) == (False, "")
    assert typed("resume_edition").startswith("The edition of 2026-01-23 was not paused.")


# --- trying again ---------------------------------------------------------------------------------------------------
def test_without_yes_nothing_is_tried_again(edition: Edition) -> None:
    ended(edition, "failed", 2)
    assert typed("retry_letters").splitlines() == ["2 letters would be tried again.", "Add --yes to do it."]
    assert states(edition) == {"failed": 2}


def test_failed_letters_wait_again_with_a_window_of_their_own(edition: Edition) -> None:
    [row] = ended(edition, "failed")
    ended(edition, "accepted", reason="")
    Edition.objects.update(state="closed", closed_at=NOW)
    later = NOW + timedelta(days=1)
    assert typed("retry_letters", "--yes", at=later).splitlines() == [
        "1 letter waits again.",
        "To send them now: python manage.py send_letters --date 2026-01-23",
    ]
    row.refresh_from_db()
    assert (row.state, row.reason, row.attempts, row.finished_at) == ("pending", "", 0, None)
    assert row.not_after == later + timedelta(hours=18)
    edition.refresh_from_db()
    assert (edition.state, edition.closed_at) == ("frozen", None)
    assert told("retry_letters", "--yes")["again"] == 0


def test_who_may_get_no_letter_is_left_and_the_reason_said(edition: Edition) -> None:
    ended(edition, "failed", 4)
    Suppression.objects.create(address_hash=hash_address("reader1@example.org"), reason="hard_bounce")
    Subscriber.objects.filter(id=2).update(status="unsubscribed")
    Subscriber.objects.get(id=3).delete()
    left = {"suppressed": 1, "unsubscribed": 1, "deleted": 1}
    assert told("retry_letters", "--yes") == {
        "day": "2026-01-23", "state": "failed", "done": True, "again": 1, "left": left,
    }  # fmt: skip
    assert states(edition) == {"failed": 3, "pending": 1}
    assert "left as they are: 1 · their address must not be written to" in typed("retry_letters")


@pytest.mark.parametrize("fault", [Fault.RECIPIENT, Fault.GONE, Fault.DOUBT])
def test_letters_that_would_fail_again_are_left(edition: Edition, fault: Fault) -> None:
    ended(edition, "failed", 2, "552 5.2.2 Mailbox full", fault)
    ended(edition, "failed", 1, "550 5.7.1 SPF", Fault.SENDER)
    assert typed("retry_letters").splitlines() == [
        "1 letter would be tried again.",
        "left as they are: 2 · their mail server refuses them: to try again would not help",
        "Add --yes to do it.",
    ]
    assert told("retry_letters", "--yes")["left"] == {"refused_by_recipient": 2}
    assert states(edition) == {"failed": 2, "pending": 1}
    assert pause.find_retriable(edition).count() == 0


def test_a_letter_whose_papers_a_later_one_chose_from_is_left(edition: Edition) -> None:
    """It would bring some of them a second time. A later letter that failed too brought none."""
    one, other = ended(edition, "failed", 2)
    later = frozen_edition(edition.day + timedelta(days=1))
    planned(later, Subscriber.objects.filter(email="reader1@example.org"), state="accepted", covers_from=edition.day)
    planned(later, Subscriber.objects.filter(email="reader2@example.org"), state="failed", covers_from=edition.day)
    assert list(pause.find_retriable(edition)) == [other]
    assert operations.retry_letter(one, NOW) == "told_later"
    assert told("retry_letters", "--hopeless", "--yes")["left"] == {"told_later": 1}
    assert states(edition) == {"failed": 1, "pending": 1}


def test_letters_that_would_fail_again_go_on_request(edition: Edition) -> None:
    ended(edition, "failed", 2, "552 5.2.2 Mailbox full", Fault.RECIPIENT)
    assert told("retry_letters", "--hopeless", "--yes")["again"] == 2


def test_uncertain_letters_are_retried_only_on_request(edition: Edition) -> None:
    ended(edition, "uncertain")
    assert told("retry_letters", "--yes")["again"] == 0
    assert states(edition) == {"uncertain": 1}
    said = typed("retry_letters", "--uncertain")
    assert "may have taken them, and then they arrive twice" in said
    assert "settle_letters --date 2026-01-23" in said
    typed("retry_letters", "--uncertain", "--yes")
    assert states(edition) == {"pending": 1}


def test_where_there_is_nothing_to_try_again_it_says_so(edition: Edition) -> None:
    for flags in ((), ("--yes",)):
        assert typed("retry_letters", *flags) == "No letter of the edition of 2026-01-23 has failed.\n"
        assert typed("retry_letters", "--uncertain", *flags) == "No letter of the edition of 2026-01-23 is uncertain.\n"
    ended(edition, "failed")
    Subscriber.objects.update(status="unsubscribed")
    assert typed("retry_letters").splitlines() == [
        "There is no letter to try again.",
        "left as they are: 1 · they have unsubscribed",
    ]


def test_more_letters_than_a_page_are_all_tried_again(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "ROWS_PER_QUERY", 3)
    ended(edition, "failed", 7)
    assert told("retry_letters", "--yes")["again"] == 7


# --- settling -------------------------------------------------------------------------------------------------------
def test_uncertain_letters_are_listed_as_a_log_names_them(edition: Edition) -> None:
    [row] = ended(edition, "uncertain", reason="no answer after the whole letter")
    key = order_for_delivery(row).message_id
    assert typed("settle_letters").splitlines() == [
        f"{key}  2026-01-23 08:00:00Z  reader1@example.org  no answer after the whole letter",
        "Look for them in the mail server's log, then run this with --accepted or --not-accepted.",
    ]
    listed = {
        "message_id": key, "address": "reader1@example.org", "at": "2026-01-23T08:00:00+00:00",
        "reason": "no answer after the whole letter",
    }  # fmt: skip
    assert told("settle_letters", "--list") == {"day": "2026-01-23", "uncertain": [listed]}
    Subscriber.objects.get().delete()
    assert told("settle_letters")["uncertain"][0]["address"] == ""


def test_an_edition_without_doubts_says_so(edition: Edition) -> None:
    assert typed("settle_letters") == "No letter of the edition of 2026-01-23 is uncertain.\n"


def test_letters_in_the_log_are_accepted_and_others_failed(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "ROWS_PER_QUERY", 2)
    rows = ended(edition, "uncertain", 5)
    keys = [order_for_delivery(row).message_id for row in rows]
    assert typed("settle_letters", "--accepted", keys[0], keys[1].strip("<>"), keys[2]) == "3 letters are settled.\n"
    monkeypatch.setattr("sys.stdin", StringIO(f"{keys[3]}\n\n"))
    assert told("settle_letters", "--not-accepted", "-")["settled"] == 1
    assert states(edition) == {"accepted": 3, "failed": 1, "uncertain": 1}
    assert Delivery.objects.get(id=rows[3].id).reason == "The mail server's log does not have it."


def test_an_empty_list_of_ids_settles_nothing_and_says_so(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(edition, "uncertain")
    monkeypatch.setattr("sys.stdin", StringIO("\n"))
    assert typed("settle_letters", "--accepted", "-") == "No Message-ID was given: nothing to settle.\n"
    assert states(edition) == {"uncertain": 1}


def test_ids_of_other_letters_are_refused_and_change_nothing(edition: Edition) -> None:
    [row] = ended(edition, "accepted", reason="")
    with pytest.raises(CommandError, match=r"Not among the uncertain letters: .*, <x@y>"):
        typed("settle_letters", "--not-accepted", order_for_delivery(row).message_id, "<x@y>")
    assert states(edition) == {"accepted": 1}


def test_whom_the_log_names_as_served_gets_nothing_more(edition: Edition, tmp_path: Path) -> None:
    """One waits, one was in hand, one is known already, and one has no row yet, as another machine had planned it."""
    readers = crowd(4)
    for reader, state in zip(readers, ("pending", "submitting", "accepted"), strict=False):
        planned(edition, [reader], state=state)
    log = tmp_path / "served.txt"
    log.write_text("reader1@example.org\n\nREADER2@example.org\nreader3@example.org\nreader4@example.org\n")
    pause.pause_edition(edition, "restored", NOW)
    assert typed("settle_letters", "--served", str(log)).splitlines() == [
        "3 letters are settled.",
        "1 was before.",
        "Let the others go: python manage.py resume_edition --date 2026-01-23",
    ]
    assert states(edition) == {"accepted": 4}
    assert told("settle_letters", "--served", str(log)) == {
        "day": "2026-01-23", "settled": 0, "already": 4, "unknown": []
    }  # fmt: skip


def test_addresses_that_nobody_has_are_named(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(edition, crowd(1))
    pause.pause_edition(edition, "restored", NOW)
    monkeypatch.setattr("sys.stdin", StringIO("reader1@example.org\nstranger@example.org\n"))
    with pytest.raises(CommandError, match=r"Nobody here has these addresses: stranger@example\.org"):
        typed("settle_letters", "--served", "-")
    assert states(edition) == {"accepted": 1}


def test_a_list_with_marks_of_editors_and_signs_of_no_address_is_read(edition: Edition, tmp_path: Path) -> None:
    planned(edition, crowd(1))
    pause.pause_edition(edition, "restored", NOW)
    log = tmp_path / "served.txt"
    log.write_bytes(b"\xef\xbb\xbfreader1@example.org\nstran\0ger@example.org\n")
    with pytest.raises(CommandError, match="Nobody here has these addresses: stran\0ger@example"):
        typed("settle_letters", "--served", str(log))
    assert states(edition) == {"accepted": 1}


def test_nobody_is_settled_while_letters_go_out(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("reader1@example.org\n"))
    with pytest.raises(CommandError, match=r"Pause it first: python manage\.py pause_edition --date 2026-01-23"):
        typed("settle_letters", "--served", "-")
    pause.pause_edition(edition, "restored", NOW)
    Edition.objects.update(frozen_at=None, state="open")
    with pytest.raises(CommandError, match=r"Make it first: python manage\.py prepare_day --date 2026-01-23"):
        typed("settle_letters", "--served", "-")


def test_nobody_is_settled_once_the_edition_is_resumed(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    """By somebody else, while everybody due is planned."""
    planned(edition, crowd(1))
    pause.pause_edition(edition, "restored", NOW)
    monkeypatch.setattr("sys.stdin", StringIO("reader1@example.org\n"))
    monkeypatch.setattr(
        "digest.delivery.operations.planner.plan_due", lambda each, now: pause.resume_edition(each, now)
    )
    with pytest.raises(CommandError, match="Its letters go out"):
        typed("settle_letters", "--served", "-")
    assert states(edition) == {"pending": 1}


def test_a_list_that_cannot_be_read_is_named(edition: Edition, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.txt cannot be read: "):
        typed("settle_letters", "--served", str(tmp_path / "nowhere.txt"))


# --- the books ------------------------------------------------------------------------------------------------------
def test_reconcile_says_what_is_left_to_do_in_words_and_as_json(edition: Edition) -> None:
    ended(edition, "failed", 2)
    ended(edition, "failed", 1, "554 Looks like spam")
    ended(edition, "uncertain")
    out = StringIO()
    with pytest.raises(CommandError, match=r"Somebody must act: 3 failed: .*; 1 uncertain: ") as end:
        typed("reconcile", out=out)
    said = out.getvalue().splitlines()
    assert end.value.returncode == 3
    retry = "python manage.py retry_letters --date 2026-01-23 --yes"
    assert f"  to do      3 failed: Once the cause is mended: {retry}" in said
    assert "             failed: 2 · 550 5.7.1 Blocked" in said
    assert any(line.startswith("  to do      1 uncertain: The mail server's log knows them:") for line in said)
    out = StringIO()
    with pytest.raises(CommandError):
        typed("reconcile", "--json", out=out)
    report = json.loads(out.getvalue())
    assert (report["balanced"], report["outlook"]) == (True, "act")
    assert [(line["state"], line["count"], line["words"]) for line in report["explained"]] == [
        ("failed", 2, "550 5.7.1 Blocked"),
        ("failed", 1, "554 Looks like spam"),
        ("uncertain", 1, "550 5.7.1 Blocked"),
    ]
