"""The whole day, on the sample that every clone has: what the operator is promised."""

import json
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from digest.domain import Entry
from digest.models import Edition, EditionSummary, Run
from digest.pipeline import STAGES, run_day, run_stages
from digest.reconciliation import books
from digest.reconciliation.books import Books
from digest.sources.files.sample import SampleSource
from digest.sources.memory import InMemorySource
from digest.summaries import write as writing
from tests.people import ada, bao, chidi, subscribe
from tests.pipeline.cron import send_due_letters

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 1, 23)


class Arxiv(SampleSource):
    """The sample, behind the name of the network."""

    name = "arxiv"
    asked = 0

    def entries(self, day: date) -> Any:
        self.asked += 1
        return super().entries(day)


def run(*flags: str) -> dict[str, Any]:
    out = StringIO()
    call_command("run_daily", "--date", str(DAY), "--source", "sample", "--json", *flags, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def test_the_report_says_what_came_of_everybody() -> None:
    for person in (ada, bao, chidi):
        subscribe(person)
    report = run()
    assert (report["stored"], report["edition"], report["due"]) == (44, 44, 3)
    assert report["due"] == report["accepted"] + report["excluded"] + report["failed"] + report["uncertain"]
    assert report["balanced"] is True
    assert len(mail.outbox) == report["accepted"] > 1


def test_unbalanced_books_end_the_command_with_their_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada)
    off = Books(due=2, accepted=1, uncertain=0, waiting=0, unplanned=1, complaints=("1 reader has no letter.",))
    monkeypatch.setattr(books, "read_books", lambda edition: off)
    with pytest.raises(CommandError, match=r"1 reader has no letter\.") as stopped:
        run()
    assert stopped.value.returncode == 3
    assert Run.objects.get().balanced is False


def test_a_picked_paper_without_a_summary_is_a_line_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada)
    run_stages(DAY, SampleSource(), ("fetch", "build", "pick", "summarise"))
    EditionSummary.objects.all().delete()
    report = run_stages(DAY, SampleSource(), ("send",))
    assert any("none for" in problem for problem in report.problems)


def test_once_letters_are_planned_the_network_is_left_alone() -> None:
    subscribe(ada)
    arxiv = Arxiv()
    run_day(DAY, arxiv)
    report = run_day(DAY, arxiv)
    assert arxiv.asked == 1
    assert (report.fetched, report.source, report.stored) == (False, "arxiv", 0)


def test_the_report_names_the_source_the_papers_really_came_from() -> None:
    subscribe(ada)
    run_day(DAY, SampleSource())
    assert run_day(DAY, Arxiv()).source == "sample"


def test_reconcile_alone_tells_the_whole_day() -> None:
    subscribe(ada)
    run_day(DAY, SampleSource())
    report = run_stages(DAY, Arxiv(), ("reconcile",))
    assert (report.source, report.due, report.accepted, report.balanced) == ("sample", 1, 1, True)


def test_real_letters_do_not_leave_without_a_postal_address(settings: Settings) -> None:
    subscribe(ada, timezone="UTC", hour=8)
    settings.EMAIL_BACKEND, settings.POSTAL_ADDRESS = "anymail.backends.test.EmailBackend", ""
    with pytest.raises(ImproperlyConfigured, match="POSTAL_ADDRESS"):
        run_day(DAY, SampleSource())
    eight = datetime(2026, 1, 23, 8, tzinfo=UTC)
    Edition.objects.update(frozen_at=eight)
    with pytest.raises(ImproperlyConfigured, match="POSTAL_ADDRESS"):
        send_due_letters(eight)


def test_a_dry_run_asks_no_model_and_reads_before_it_locks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []
    locked: list[bool] = []
    write = writing.write_summaries

    def spy(*args: Any, use_model: bool = True, **more: Any) -> Any:
        asked.append(use_model)
        return write(*args, use_model=use_model, **more)

    class Watched(SampleSource):
        def entries(self, day: date) -> Any:
            locked.append(connection.in_atomic_block)
            yield from super().entries(day)

    monkeypatch.setattr(writing, "write_summaries", spy)
    subscribe(ada)
    report = run_day(DAY, Watched(), dry_run=True)
    assert (asked, locked) == ([False], [False])
    assert (report.would_send, report.stored, Edition.objects.count()) == (1, 44, 0)


def test_a_killed_run_still_tells_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STAGES, "build", _killed)
    with pytest.raises(KeyboardInterrupt):
        run_day(DAY, SampleSource())
    row = Run.objects.get()
    assert (row.finished_at, row.report["stored"]) == (None, 44)
    assert set(row.report["seconds"]) == {"fetch", "signals", "build"}


def _killed(*args: object) -> None:
    raise KeyboardInterrupt


def test_readers_are_told_that_the_sample_is_a_sample() -> None:
    subscribe(ada)
    run_day(DAY, SampleSource())
    letter = mail.outbox[0]
    assert isinstance(letter, EmailMultiAlternatives)
    for part in (letter.body, letter.alternatives[0][0]):
        assert "bundled sample" in " ".join(str(part).split())


def test_readers_of_chinese_are_told_so_in_chinese() -> None:
    subscribe(bao)
    run_day(DAY, SampleSource())
    assert "内置样例" in str(mail.outbox[0].body)
    assert "bundled sample" not in str(mail.outbox[0].body)


@pytest.mark.parametrize("flag", [["--json"], ["--dry-run"], ["--dry-run", "--json"]])
def test_every_stage_takes_the_same_flags(flag: list[str]) -> None:
    for command in ("fetch_papers", "build_edition", "write_summaries", "send_letters", "reconcile"):
        if "--dry-run" in flag and command != "fetch_papers":
            run_stages(DAY, SampleSource(), ("fetch", "build"))
        out = StringIO()
        call_command(command, "--date", str(DAY), "--source", "sample", *flag, stdout=out)
        if "--json" in flag:
            assert json.loads(out.getvalue())["day"] == str(DAY)
        else:
            assert str(DAY) in out.getvalue()


def test_a_scheduled_letter_has_summaries_and_a_run() -> None:
    subscribe(ada, timezone="UTC", hour=8)
    run_stages(DAY, SampleSource(), ("fetch", "build"))
    eight = datetime(2026, 1, 23, 8, tzinfo=UTC)
    Edition.objects.update(frozen_at=eight)
    assert send_due_letters(eight) == 1
    last = Run.objects.order_by("-id").first()
    assert last is not None
    assert (last.source, last.balanced, last.report["accepted"]) == ("schedule", True, 1)
    assert "From the abstract" in mail.outbox[0].body


def test_a_wrong_date_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Write it as 2026-01-23"):
        call_command("run_daily", "--date", "01/02/2026")


def test_kept_entries_are_of_their_own_day_only() -> None:
    kept = InMemorySource(SampleSource(), DAY)
    assert len(list(kept.entries(DAY))) == 44
    other: list[Entry] = list(kept.entries(date(2026, 1, 24)))
    assert other == []
