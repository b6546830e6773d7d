"""When something is in the way, the report says what, and the next run goes on."""

from pathlib import Path

import pytest
from pytest_django import Settings

from digest.models import Delivery, Edition
from digest.papers.opening import listing_day
from digest.pipeline import NotReady, run_day, run_stages
from digest.sources.sample import Sample
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nobody_listens(settings: Settings) -> Settings:
    settings.EMAIL_BACKEND = "digest.delivery.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    return settings


def test_a_mail_server_that_cannot_be_reached_is_named_and_nothing_is_lost(
    nobody_listens: Settings, tmp_path: Path
) -> None:
    subscribe(ada)
    report = run_day(listing_day(), Sample())
    assert (report.due, report.accepted, report.waiting, report.balanced) == (1, 0, 1, False)
    assert any("refused" in problem.lower() for problem in report.problems)
    nobody_listens.EMAIL_BACKEND = "digest.delivery.mailbox.MailboxBackend"
    nobody_listens.EMAIL_FILE_PATH = str(tmp_path)
    report = run_day(listing_day(), Sample())
    assert (report.due, report.accepted, report.waiting, report.balanced) == (1, 1, 0, True)


def test_a_paused_edition_sends_nothing_and_says_so() -> None:
    subscribe(ada)
    run_stages(listing_day(), Sample(), ("fetch", "build"))
    Edition.objects.update(paused=True, pause_reason="a mistake in the note")
    report = run_day(listing_day(), Sample())
    assert (report.accepted, report.waiting) == (0, 1)
    assert any("a mistake in the note" in problem for problem in report.problems)
    assert Delivery.objects.get().state == "pending"


def test_a_stage_asked_for_too_early_says_which_command_comes_first() -> None:
    with pytest.raises(NotReady, match="build_edition --date"):
        run_stages(listing_day(), Sample(), ("send",))


def test_a_day_without_papers_sends_nothing_and_balances() -> None:
    subscribe(ada)
    report = run_stages(listing_day(), Sample(), ("build", "pick", "summarise", "send", "reconcile"))
    assert (report.edition, report.due, report.accepted, report.balanced) == (0, 0, 0, True)
