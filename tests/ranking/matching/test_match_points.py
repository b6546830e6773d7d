"""What counts how much, and who gets the places."""

from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.matching import match_points
from digest.ranking.matching.field_index import MatchLevels
from digest.ranking.selection.category_quota import share_places

DAY = 12
PAPERS = st.integers(0, (1 << DAY) - 1)


def worth(groups: match_points.PointGroups, rank: int) -> int:
    return sum(worth for worth, papers in groups if papers >> rank & 1)


def test_rare_words_and_title_words_give_more_points() -> None:
    rare, common = MatchLevels(0b11, 0b10, 0b10, 0), MatchLevels(0b1111, 0b1000, 0, 0)
    once, title = (worth(match_points.filter_points(rare, 16), rank) for rank in (0, 1))
    assert title - once == match_points.TITLE_POINTS - match_points.ABSTRACT_ONCE_POINTS
    assert once > worth(match_points.filter_points(common, 16), 0) > worth(match_points.category_points(0b11, 0b1), 0)
    assert worth(match_points.filter_points(common, 16), 3) - worth(match_points.filter_points(common, 16), 0) == 1


def test_a_filter_without_matches_gives_no_points() -> None:
    assert not any(match_points.filter_points(MatchLevels(0, 0, 0, 0), 0))


@given(PAPERS.filter(bool), st.lists(PAPERS, max_size=4), st.integers(1, DAY))
def test_all_places_are_given_and_half_of_them_fairly(papers: int, queues: list[int], places: int) -> None:
    chosen = share_places(papers, queues, places)
    assert chosen & ~papers == 0
    assert chosen.bit_count() == min(places, papers.bit_count())
    waiting = [queue & papers for queue in queues if queue & papers]
    if len(waiting) <= (places + 1) // 2:
        assert all(queue & chosen for queue in waiting)


def test_places_are_dealt_round_by_round() -> None:
    assert share_places(0b111111, [0b001111, 0b110000], 4) == 0b010111
    assert share_places(0b111111, [0b001111, 0b110000], 6) == 0b111111
    assert share_places(0b1111, [], 2) == 0b11
