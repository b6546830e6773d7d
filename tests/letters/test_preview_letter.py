"""The command that shows an operator the letter of one reader."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from digest.delivery.preview import NothingToShow, render_preview
from digest.models import Delivery, Edition
from tests.people import ada, chidi, subscribe
from tests.web.publishing import FRIDAY, Draft, drafts, publish

pytestmark = pytest.mark.django_db


def published() -> Edition:
    return publish(drafts(5))


def test_the_letter_is_a_mail_file_marked_as_a_preview(tmp_path: Path) -> None:
    published()
    subscribe(ada)
    file = tmp_path / "letter.eml"
    call_command("preview_letter", ada.email, "--date", str(FRIDAY), "-o", str(file))
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["Subject"] == "[PREVIEW] Paper number 1 + 4 more"
    assert message["To"] == ada.email
    assert message.get_content_type() == "multipart/alternative"
    assert not Delivery.objects.exists()


def test_what_was_picked_for_a_delivery_is_shown_as_it_was(tmp_path: Path) -> None:
    edition = published()
    subscribe(ada)
    Delivery.objects.create(
        edition=edition,
        subscriber_id=ada.id,
        picks=[[3, 1.0, [["category", "cs.LG"]]]],
        matched=1,
        language="zh",
        detail="titles",
        created_at=timezone.now(),
    )
    message = render_preview(edition, ada, timezone.now())
    assert message.subject == "[PREVIEW] Paper number 4"
    assert "推荐理由" in str(message.body)


def test_a_reader_for_whom_there_is_nothing_is_said_to_be_so() -> None:
    edition = published()
    subscribe(chidi)
    with pytest.raises(NothingToShow, match="no_match"):
        render_preview(edition, chidi, timezone.now())


@pytest.mark.parametrize("email", ["nobody@example.org", "chidi@example.org"])
def test_what_cannot_be_shown_is_an_error_with_a_reason(tmp_path: Path, email: str) -> None:
    published()
    subscribe(chidi)
    with pytest.raises(CommandError, match=r"subscribed with|for this reader"):
        call_command("preview_letter", email, "--date", str(FRIDAY), "-o", str(tmp_path / "x.eml"))
    with pytest.raises(CommandError, match="no edition"):
        call_command("preview_letter", email, "--date", "2020-01-01", "-o", str(tmp_path / "x.eml"))


def test_a_file_that_cannot_be_written_is_an_error_with_a_reason(tmp_path: Path) -> None:
    published()
    subscribe(ada)
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("preview_letter", ada.email, "--date", str(FRIDAY), "-o", str(tmp_path / "no" / "x.eml"))


def test_a_letter_of_several_days_is_shown_with_them_and_nothing_is_stored() -> None:
    edition = published()
    publish([Draft("2601.00009", "Of Thursday", tldr="Told on Thursday.")], FRIDAY - timedelta(days=1))
    weekly = ada._replace(days=1 << FRIDAY.weekday())
    subscribe(weekly)
    message = render_preview(edition, weekly, timezone.now())
    assert "Your papers from 22 to 23 January 2026" in str(message.body)
    assert "Told on Thursday." in str(message.body)
    assert edition.entries.count() == 5
