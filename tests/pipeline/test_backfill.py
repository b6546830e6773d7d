"""Days gone by are brought in once, from whichever endpoint answers."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_httpserver import HTTPServer

from digest.domain import SourceUnavailable
from digest.ingest.backfill import BackfillReport
from digest.ingest.backfill import backfill_papers as backfill
from digest.management.commands import backfill_papers
from digest.models import Announcement, LedgerLine
from digest.pipeline import run_stages
from digest.sources.http.client import Forbidden
from tests.pipeline.arxiv import Announced, LocalArxiv

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY, FRIDAY, SUNDAY = date(2026, 2, 2), date(2026, 2, 6), date(2026, 2, 8)
TODAY = date(2026, 3, 2)


@pytest.fixture
def arxiv(httpserver: HTTPServer) -> LocalArxiv:
    """A week with one paper in cs.LG and one in math.CO a day."""
    days = [MONDAY + timedelta(days=number) for number in range(5)]
    papers = [Announced(f"2602.000{day.day:02}", day) for day in days]
    papers += [Announced(f"2602.001{day.day:02}", day, ("math.CO",)) for day in days]
    return LocalArxiv(httpserver, TODAY, papers)


def fill(arxiv: LocalArxiv, *sets: str, again: bool = False) -> BackfillReport:
    return backfill(MONDAY, SUNDAY, arxiv.source(), arxiv.records(), sets, again=again)


def announced() -> dict[date, int]:
    days = Announcement.objects.values_list("day", flat=True)
    return {day: list(days).count(day) for day in set(days)}


ALL = {MONDAY + timedelta(days=number): 2 for number in range(5)}


def unsettled() -> int:
    return LedgerLine.objects.exclude(state__in=LedgerLine.SETTLED_STATES).count()


def test_every_day_gets_its_papers_and_a_complete_ledger(arxiv: LocalArxiv) -> None:
    done = fill(arxiv)
    assert (done.days, done.skipped, done.stored, done.problems) == (7, 0, 10, [])
    assert (announced(), unsettled()) == (ALL, 0)
    assert LedgerLine.objects.get(day=SUNDAY).state == "holiday"


def test_complete_days_are_not_asked_for_again_unless_told_so(arxiv: LocalArxiv) -> None:
    fill(arxiv)
    assert arxiv.asked
    done = fill(arxiv)
    assert (done.days, done.skipped, arxiv.asked) == (0, 7, [])
    assert fill(arxiv, again=True).stored == 0
    assert arxiv.asked


def test_only_what_was_not_complete_is_asked_for(arxiv: LocalArxiv) -> None:
    fill(arxiv)
    LedgerLine.objects.filter(day=FRIDAY, category="cs.LG").update(state="partial")
    assert fill(arxiv).days == 1


def test_one_archive_alone_leaves_the_others_to_be_filled(arxiv: LocalArxiv) -> None:
    fill(arxiv, "cs")
    assert any("cat%3Acs.*" in address or "cat:cs.*" in address for address in arxiv.asked)
    Announcement.objects.filter(category="math.CO").delete()  # the local server knows no categories
    assert fill(arxiv, "cs").days == 0
    assert fill(arxiv).days == 5
    assert announced() == ALL


def test_without_the_api_oai_pmh_is_enough(arxiv: LocalArxiv) -> None:
    arxiv.down = {"api"}
    done = fill(arxiv)
    assert (announced(), unsettled()) == (ALL, 0)
    assert done.problems


def test_days_from_the_api_alone_are_backfilled_again(arxiv: LocalArxiv) -> None:
    arxiv.down = {"oai"}
    done = fill(arxiv)
    assert announced() == ALL
    assert unsettled()
    assert done.problems
    arxiv.down = set()
    assert fill(arxiv).days == 5
    assert (announced(), unsettled()) == (ALL, 0)


def test_a_day_whose_listings_were_down_is_completed(arxiv: LocalArxiv) -> None:
    arxiv.day, arxiv.down = MONDAY, {"rss"}
    run_stages(MONDAY, arxiv.source(), ("fetch",))
    arxiv.day, arxiv.down = TODAY, set()
    assert fill(arxiv).days == 7
    assert unsettled() == 0


def test_days_stay_partial_while_listings_and_api_are_down(arxiv: LocalArxiv) -> None:
    arxiv.down = {"api", "oai"}
    assert fill(arxiv).problems
    assert announced() == {}
    arxiv.down = set()
    fill(arxiv)
    assert (announced(), unsettled()) == (ALL, 0)


def test_a_refusal_ends_it_at_once(arxiv: LocalArxiv) -> None:
    arxiv.forbidden = True
    with pytest.raises(Forbidden):
        fill(arxiv)
    assert len(arxiv.asked) == 1


def test_what_a_listing_announced_on_another_day_stays_there(arxiv: LocalArxiv) -> None:
    """Moderation held it back: it was sent in on time for Monday and announced on Tuesday."""
    late = Announced("2602.00999", MONDAY)
    arxiv.day = MONDAY + timedelta(days=1)
    arxiv.papers.append(Announced("2602.00999", arxiv.day, submitted=late.first_sent))
    run_stages(arxiv.day, arxiv.source(), ("fetch",))
    arxiv.day = TODAY
    fill(arxiv)
    days = Announcement.objects.filter(version__paper__arxiv_id="2602.00999").values_list("day", flat=True)
    assert list(days) == [MONDAY + timedelta(days=1)]


def test_today_is_left_to_the_daily_run(arxiv: LocalArxiv) -> None:
    arxiv.day = MONDAY
    assert fill(arxiv).days == 0
    assert arxiv.asked == []


def test_a_kill_costs_no_more_than_the_days_in_hand(arxiv: LocalArxiv) -> None:
    arxiv.papers.append(Announced("2602.00500", date(2026, 2, 10)))
    seen: list[int] = []

    def die_after_the_first_week(done: int, total: int | None) -> None:
        seen.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill(MONDAY, date(2026, 2, 13), arxiv.source(), arxiv.records(), tick=die_after_the_first_week)
    done = backfill(MONDAY, date(2026, 2, 13), arxiv.source(), arxiv.records())
    assert (seen, done.days, done.skipped) == ([7], 5, 7)


# --- the command ---


def command(arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch, *flags: str) -> str:
    monkeypatch.setattr(backfill_papers, "open_arxiv", arxiv.source)
    monkeypatch.setattr(backfill_papers, "open_oai", arxiv.records)
    out = StringIO()
    call_command("backfill_papers", "--from", "2026-02-02", "--to", "2026-02-06", *flags, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_did(arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    assert command(arxiv, monkeypatch) == "5 days read, 0 left as they are, 10 papers stored\n"
    assert command(arxiv, monkeypatch) == "0 days read, 5 left as they are, 0 papers stored\n"


def test_the_command_ends_with_3_when_a_source_was_down(arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    arxiv.down = {"oai"}
    with pytest.raises(CommandError, match="status 500") as end:
        command(arxiv, monkeypatch)
    assert end.value.returncode == 3


def test_the_command_passes_a_refusal_on(arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    arxiv.forbidden = True
    with pytest.raises(CommandError, match="403") as end:
        command(arxiv, monkeypatch)
    assert end.value.returncode == 1
    assert isinstance(end.value.__cause__, SourceUnavailable)


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--from", "2026-02-06", "--to", "2026-02-02"], "before the first"),
        (["--from", "2026-02-02", "--to", "2026-02-06", "--set", "cs", "biology"], "arXiv has no biology"),
    ],
)
def test_wrong_words_are_explained(flags: list[Any], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command("backfill_papers", *flags)
