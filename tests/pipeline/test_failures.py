"""When a stage fails, the report says why, and the next run continues."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest
from pytest_django import Settings

from digest.delivery.edition_renderer import EditionRenderer
from digest.domain import Entry, FetchedPaper, Letter, LetterOrder, Outlook, SourceUnavailable
from digest.editions import load
from digest.editions.find import NoEdition
from digest.ingest import fetch
from digest.ingest.source_factory import listing_day
from digest.models import Delivery, Edition, Version
from digest.picking.stored_picks import list_ranks
from digest.pipeline import run_day, run_stages
from digest.sources.files.sample import SampleSource
from subscriptions.models import Subscriber
from subscriptions.reader import Reader
from tests.delivery.smtp_server import PostOffice
from tests.people import ada, subscribe, subscribe_many

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_unreachable_mail_server_is_reported_and_retried(no_mail_server: Settings, tmp_path: Path) -> None:
    subscribe(ada)
    report = run_day(listing_day(), SampleSource())
    assert (report.due, report.accepted, report.waiting, report.balanced) == (1, 0, 1, False)
    assert any("refused" in problem.lower() for problem in report.problems)
    no_mail_server.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    no_mail_server.EMAIL_FILE_PATH = str(tmp_path)
    report = run_day(listing_day(), SampleSource())
    assert (report.due, report.accepted, report.waiting, report.balanced) == (1, 1, 0, True)


def test_a_mail_server_that_is_away_needs_somebody(no_mail_server: Settings) -> None:
    subscribe(ada)
    assert run_day(listing_day(), SampleSource()).outlook == Outlook.ACT


def test_a_mail_server_that_asks_for_patience_needs_time(office: PostOffice) -> None:
    office.on_data = lambda address: "451 4.7.1 Try again later"
    subscribe_many(20)
    report = run_day(listing_day(), SampleSource())
    assert (report.accepted, report.waiting, report.outlook) == (0, 20, Outlook.WAIT)


def test_a_paused_edition_sends_nothing_and_says_so() -> None:
    subscribe(ada)
    run_stages(listing_day(), SampleSource(), ("fetch", "build"))
    Edition.objects.update(paused=True, pause_reason="a mistake in the note")
    report = run_day(listing_day(), SampleSource())
    assert (report.accepted, report.waiting) == (0, 1)
    assert report.problems == [_paused(report.day, "a mistake in the note"), "1 letter still waits to be sent."]
    assert Delivery.objects.get().state == "pending"


@pytest.mark.parametrize(("reason", "shown"), [("Wait.", "Wait"), ("", "no reason given")])
def test_a_paused_edition_says_how_to_go_on(reason: str, shown: str) -> None:
    subscribe(ada)
    run_stages(listing_day(), SampleSource(), ("fetch", "build"))
    Edition.objects.update(paused=True, pause_reason=reason)
    report = run_stages(listing_day(), SampleSource(), ("pick", "summarise", "send"))
    assert report.problems == [_paused(report.day, shown)]


def test_a_paused_edition_in_which_nothing_waits_is_in_order() -> None:
    subscribe(ada)
    run_day(listing_day(), SampleSource())
    Edition.objects.update(paused=True, pause_reason="Enough for today.")
    report = run_stages(listing_day(), SampleSource(), ("pick", "summarise", "send", "reconcile"))
    assert (report.already, report.waiting, report.problems) == (1, 0, [])


def test_the_reason_of_a_pause_is_reported_without_open_letters(settings: Settings, office: PostOffice) -> None:
    """Letters of readers who confirm later that day would wait."""
    office.on_data = lambda address: "554 5.7.1 Looks like spam"
    subscribe_many(20)
    report = run_day(listing_day(), SampleSource())
    assert (report.failed, report.waiting) == (20, 0)
    assert report.problems == [_paused(report.day, "20 letters in a row could not be sent")]


def _paused(day: date, reason: str) -> str:
    return f"The edition is paused: {reason}. Go on with: python manage.py resume_edition --date {day}"


def test_a_dry_run_says_which_letters_would_not_go(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe_many(3)
    run_stages(listing_day(), SampleSource(), ("fetch", "build", "pick"))
    Subscriber.objects.filter(id=1).update(status="unsubscribed")
    render = EditionRenderer.letter

    def break_second(renderer: EditionRenderer, reader: Reader, order: LetterOrder) -> Letter:
        if reader.id == 2:
            raise ValueError("a letter that cannot be made")
        return render(renderer, reader, order)

    monkeypatch.setattr(EditionRenderer, "letter", break_second)
    report = run_stages(listing_day(), SampleSource(), ("pick", "summarise", "send", "reconcile"), dry_run=True)
    assert (report.due, report.would_send, report.excluded) == (3, 1, 1)
    assert report.problems == ["letters: 1 cannot be made; the log says why"]
    assert report.explained == [], "that planned letters wait says nothing of the day"


def test_a_stage_run_too_early_names_the_command_to_run_first() -> None:
    run_stages(listing_day(), SampleSource(), ("fetch",))
    with pytest.raises(NoEdition, match=f"Run: python manage.py build_edition --date {listing_day()}"):
        run_stages(listing_day(), SampleSource(), ("send",))


def test_an_empty_edition_of_a_day_with_papers_says_how_to_fill_it() -> None:
    run_stages(listing_day(), SampleSource(), ("build",))
    run_stages(listing_day(), SampleSource(), ("fetch",))
    report = run_stages(listing_day(), SampleSource(), ("reconcile",))
    assert [problem.partition("Run: ")[2] for problem in report.problems] == [
        f"python manage.py build_edition --date {listing_day()}"
    ]


def test_a_stage_of_a_wrong_day_names_the_latest_edition() -> None:
    day = listing_day()
    run_stages(day, SampleSource(), ("fetch", "build"))
    with pytest.raises(NoEdition, match=f"The latest is of {day}.") as missing:
        run_stages(day + timedelta(days=1), SampleSource(), ("send",))
    assert "build_edition" not in str(missing.value), "there is nothing to build it from"


class Excerpt(SampleSource):
    """Some papers of the sample, after which it may break off."""

    def __init__(self, first: int, end: int, *, breaks_off: bool = False) -> None:
        self.first, self.end, self.breaks_off = first, end, breaks_off

    def entries(self, day: date) -> Iterator[Entry]:
        yield from islice(super().entries(day), self.first, self.end)
        if self.breaks_off:
            raise SourceUnavailable("the source broke off")


def test_a_day_that_broke_off_twice_is_in_the_next_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """What had come in is known from then on, so that no later day announces it."""
    monkeypatch.setattr(fetch, "ENTRIES_PER_TRANSACTION", 1)
    day = listing_day()
    papers = [entry for entry in SampleSource().entries(day) if isinstance(entry, FetchedPaper)]
    subscribe(ada, categories=" ".join({paper.categories[0] for paper in papers}), papers=30)
    run_day(day - timedelta(days=2), Excerpt(0, 3))
    for _night_run in range(2):
        with pytest.raises(SourceUnavailable):
            run_day(day - timedelta(days=1), Excerpt(3, 6, breaks_off=True))
    assert Version.objects.count() == 6
    run_day(day, Excerpt(6, 9))
    letters = Delivery.objects.filter(subscriber=ada.id).order_by("edition__day")
    shown = [
        {papers[rank].arxiv_id for rank in list_ranks(letter.picks)}
        for letter in letters
        for papers in [load.load_contents(letter.edition, for_letters=True).papers]
    ]
    assert [len(each) for each in shown] == [3, 6]


def test_a_day_without_papers_sends_nothing_and_balances() -> None:
    subscribe(ada)
    report = run_stages(listing_day(), SampleSource(), ("build", "pick", "summarise", "send", "reconcile"))
    assert (report.edition, report.due, report.accepted, report.balanced) == (0, 0, 0, True)
