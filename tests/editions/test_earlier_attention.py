"""What a day knows of the attention that earlier papers got."""

from datetime import UTC, datetime, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from digest.editions.build import build_edition
from digest.editions.earlier_attention import load_earlier_attention
from digest.models import Paper, Signal
from digest.ranking.trending import promise
from digest.ranking.trending.usual_pace import DEFAULT_PACE
from tests.editions.rows import FRIDAY, announce, announce_again

pytestmark = pytest.mark.django_db

EARLIER = FRIDAY - timedelta(days=10)


def observe(paper: Paper, kind: str, value: int, *, hours: int, day: int = 10) -> None:
    """An observation so many hours after the paper's day began, *day* days before Friday."""
    at = datetime.combine(FRIDAY - timedelta(days=day), time(), UTC) + timedelta(hours=hours)
    Signal.objects.create(paper=paper, kind=kind, value=value, observed_at=at)


def test_papers_with_observed_upvotes_were_listed() -> None:
    listed, starred = announce("Listed", day=EARLIER, authors=["Ada", "Ben"]), announce("Starred", day=EARLIER)
    observe(listed.paper, "upvotes", 3, hours=5)
    observe(listed.paper, "upvotes", 20, hours=30)
    observe(starred.paper, "stars", 900, hours=5)
    history = load_earlier_attention(FRIDAY).history
    assert history is not None
    assert history.papers == [(listed.paper.arxiv_id, EARLIER, ("Ada", "Ben"), 20)]


def test_what_was_observed_on_the_day_itself_is_not_known() -> None:
    version = announce("Listed", day=EARLIER)
    observe(version.paper, "upvotes", 20, hours=240)
    earlier = load_earlier_attention(FRIDAY)
    assert earlier.history is not None
    assert len(earlier.history) == 0
    assert earlier.usual.of("cs", "upvotes") == DEFAULT_PACE["upvotes"]


def test_votes_tell_what_is_usual_in_a_field() -> None:
    for number in range(30):
        observe(announce(f"Rings {number}", "math.RA", day=EARLIER).paper, "upvotes", 2, hours=12)
    observe(announce("Nets", day=EARLIER).paper, "upvotes", 400, hours=12)
    usual = load_earlier_attention(FRIDAY).usual
    assert usual.of("math", "upvotes") == pytest.approx((10 * DEFAULT_PACE["upvotes"] + 30 * 2) / 40)
    assert usual.of("cs", "upvotes") > DEFAULT_PACE["upvotes"] > usual.of("math", "upvotes")


def test_the_history_is_read_in_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(5):
        observe(announce(f"Nets {number}", day=EARLIER).paper, "upvotes", 2, hours=12)
    with django_assert_num_queries(2):
        load_earlier_attention(FRIDAY)


def test_an_edition_ranks_known_authors_first_unless_that_is_off(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promise, "MIN_LISTED_PAPERS", 1)
    for number in range(9):
        version = announce(f"Nets {number}", day=EARLIER, authors=["Ada Byron", "Ben Nye"])
        observe(version.paper, "upvotes", 50, hours=12)
    by_them, by_others = announce("Rings", authors=["Ada Byron", "Ben Nye"]), announce("Rings", authors=["Zoe", "Kim"])
    scores = {each.version_id: each for each in build_edition(FRIDAY).entries.all()}
    assert scores[by_them.pk].score > 2 * scores[by_others.pk].score
    assert scores[by_them.pk].score_without_names == pytest.approx(scores[by_others.pk].score_without_names, abs=0.05)
    settings.TRENDING_AUTHOR_HISTORY = False
    for entry in build_edition(FRIDAY).entries.all():
        assert entry.score == entry.score_without_names


def test_votes_of_a_cross_listed_paper_have_the_age_of_the_paper() -> None:
    version = announce("Crossed", day=EARLIER)
    observe(version.paper, "upvotes", 9, hours=240 + 6)
    announce_again(version, "stat.ML")
    fresh = announce("Fresh")
    observe(fresh.paper, "upvotes", 9, hours=6, day=0)
    scores = {each.version_id: each.score for each in build_edition(FRIDAY).entries.all()}
    assert scores[fresh.pk] > scores[version.pk]
