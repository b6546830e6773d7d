"""How fast papers of an archive usually get their votes."""

import pytest

from digest.ranking.trending.usual_pace import DEFAULT_PACE, DEFAULT_WEIGHT, PaceOfPaper, UsualPace, archive_of, pace


def test_the_same_votes_in_less_time_are_a_higher_pace() -> None:
    assert pace(12, 6) > pace(12, 30) > pace(0, 6) == 0
    assert pace(12, 12) == 12
    assert pace(-5, 0) == pace(0, -9) == 0


def test_an_archive_moves_from_the_default_to_its_own_mean() -> None:
    few, many = (UsualPace([PaceOfPaper("math", "upvotes", 2.0)] * count) for count in (1, 10_000))
    assert UsualPace().of("math", "upvotes") == DEFAULT_PACE["upvotes"] > few.of("math", "upvotes") > 2
    assert many.of("math", "upvotes") == pytest.approx(2, abs=0.1)
    assert few.of("cs", "upvotes") == DEFAULT_PACE["upvotes"]
    assert UsualPace([PaceOfPaper("cs", "upvotes", 10.0)] * DEFAULT_WEIGHT).of("cs", "upvotes") == 10


def test_the_order_of_earlier_papers_changes_nothing() -> None:
    paces = [PaceOfPaper("cs", "stars", 0.1 * number) for number in range(100)]
    assert UsualPace(paces).of("cs", "stars") == UsualPace(paces[::-1]).of("cs", "stars")


def test_unknown_kinds_are_not_averaged() -> None:
    assert UsualPace([PaceOfPaper("cs", "likes", 1.0)]).of("cs", "upvotes") == DEFAULT_PACE["upvotes"]


def test_a_category_stands_in_an_archive() -> None:
    assert [archive_of(each) for each in ("cs.LG", "hep-th", "")] == ["cs", "hep-th", ""]
