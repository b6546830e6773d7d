"""With APPROVAL=1 an edition's letters wait for a click until a deadline, then go or stay as the setting says."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from digest.alarms.watch import update_alarms
from digest.delivery import pause
from digest.delivery.approval import ask_for_approval
from digest.models import Edition
from digest.pipeline import run_stages
from digest.sources.files.sample import SampleSource
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import DAY, NOW, crowd, frozen_edition, planned, states
from tests.delivery.smtp_server import PostOffice

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=3, minutes=1)


@pytest.fixture(autouse=True)
def operator(settings: Settings) -> None:
    settings.ALERT_EMAIL = "operator@example.net"
    settings.ALERT_MAIL_SERVER = {"backend": "django.core.mail.backends.locmem.EmailBackend"}
    settings.APPROVAL_WINDOW = timedelta(hours=3)


@pytest.fixture
def edition(post_office: PostOffice) -> Edition:
    edition = frozen_edition()
    planned(edition, crowd(2))
    return edition


def test_nothing_leaves_before_somebody_approves(edition: Edition) -> None:
    assert ask_for_approval(edition, NOW)
    drain(edition)
    assert states(edition) == {"pending": 2}
    pause.resume_edition(edition, NOW)
    drain(edition)
    edition.refresh_from_db()
    assert (states(edition), edition.approval, edition.pause_reason) == ({"accepted": 2}, "given", "")


def test_the_operator_is_told_where_to_look_and_what_happens_else(edition: Edition, settings: Settings) -> None:
    ask_for_approval(edition, NOW)
    [told] = mail.outbox
    assert told.subject == "Preprint Post: the edition of 2026-01-23 waits for approval"
    assert "until 2026-01-23 11:00 UTC. Then it goes by itself." in told.body
    assert f"{settings.SITE_URL}/editions/2026-01-23/" in told.body
    assert "approve_edition --date 2026-01-23" in told.body


def test_it_is_asked_for_once(edition: Edition) -> None:
    assert ask_for_approval(edition, NOW)
    assert not ask_for_approval(edition, NOW)
    pause.resume_edition(edition, NOW)
    assert not ask_for_approval(edition, NOW), "it was given"
    assert len(mail.outbox) == 1


def test_an_edition_of_which_a_letter_left_is_not_asked_about(edition: Edition) -> None:
    drain(edition)
    assert not ask_for_approval(edition, NOW)
    assert not Edition.objects.get().paused


def test_without_an_answer_it_goes(edition: Edition) -> None:
    ask_for_approval(edition, NOW)
    update_alarms(LATER - timedelta(minutes=2))
    assert Edition.objects.get().paused
    update_alarms(LATER)
    drain(edition, at=LATER)
    assert states(edition) == {"accepted": 2}


def test_or_it_stays_and_the_operator_is_told_again(edition: Edition, settings: Settings) -> None:
    settings.APPROVAL_DEFAULT = "hold"
    ask_for_approval(edition, NOW)
    for _ in range(3):
        update_alarms(LATER)
    edition.refresh_from_db()
    assert (edition.paused, edition.approval) == (True, "lapsed")
    assert [str(each.subject) for each in mail.outbox] == [
        "Preprint Post: the edition of 2026-01-23 waits for approval",
        "Preprint Post: the letters of 2026-01-23 are paused",
    ]
    assert "Nobody approved it in time." in mail.outbox[1].body


def test_every_edition_asks_where_the_setting_says_so(settings: Settings, post_office: PostOffice) -> None:
    crowd(2)
    for approval in (False, True):
        settings.APPROVAL = approval
        Edition.objects.update(approval="")
        run_stages(DAY, SampleSource(), ("fetch", "build"))
        assert Edition.objects.get().paused is approval


def test_a_later_run_of_the_night_does_not_ask_again(settings: Settings) -> None:
    settings.APPROVAL = True
    for _ in range(2):
        run_stages(DAY, SampleSource(), ("fetch", "build"))
    assert len(mail.outbox) == 1


def test_the_commands_ask_and_approve(edition: Edition, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("approve_edition", "--date", str(DAY), "--ask")
    assert "The edition of 2026-01-23 waits for approval." in capsys.readouterr().out
    call_command("approve_edition", "--date", str(DAY))
    assert "The edition of 2026-01-23 goes out.\n2 letters wait." in capsys.readouterr().out
    call_command("approve_edition", "--date", str(DAY))
    assert "was not waiting" in capsys.readouterr().out


def test_the_checkbox_of_the_admin_approves_too(edition: Edition, client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator"))
    ask_for_approval(edition, NOW)
    client.post(f"/admin/digest/edition/{edition.pk}/change/", {"note": ""})
    edition.refresh_from_db()
    assert (edition.paused, edition.approval) == (False, "given")


# --- the note ---------------------------------------------------------------------------------------------------------
def test_a_note_is_written_days_ahead_for_everybody_and_for_a_language(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("note", "Seminar on *Friday*.", "--date", str(DAY))
    call_command("note", "周五研讨会。", "--date", str(DAY), "--language", "zh")
    assert "周五研讨会。" in capsys.readouterr().out
    run_stages(DAY, SampleSource(), ("fetch", "build"))
    edition = Edition.objects.get()
    assert (edition.state, edition.note, edition.notes) == ("frozen", "Seminar on *Friday*.", {"zh": "周五研讨会。"})
    call_command("note", "--clear", "--language", "zh", "--date", str(DAY))
    assert Edition.objects.get().notes is None


def test_once_a_letter_has_left_the_note_stays(edition: Edition) -> None:
    drain(edition)
    with pytest.raises(CommandError, match="have left: their note stays as it was sent"):
        call_command("note", "Too late.", "--date", str(DAY))


def test_a_note_comes_from_one_place() -> None:
    for given in ([], ["Hello", "--clear"]):
        with pytest.raises(CommandError, match="Give the note, or --file, or --clear"):
            call_command("note", *given, "--date", str(DAY))


def test_the_admin_has_a_field_for_each_language(client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator"))
    edition = frozen_edition()
    client.post(f"/admin/digest/edition/{edition.pk}/change/", {"note": "Hello", "note_zh": "你好"})
    edition.refresh_from_db()
    assert (edition.note, edition.notes) == ("Hello", {"zh": "你好"})
    assert "你好" in client.get(f"/admin/digest/edition/{edition.pk}/change/").content.decode()
