"""What a day knows of the earlier papers of its authors."""

from datetime import date, timedelta
from itertools import combinations

import pytest

from digest.ranking.trending.author_history import (
    FIRST_AUTHORS,
    HISTORY_DAYS,
    LAST_AUTHORS,
    MAX_DAYS_AGO,
    AuthorHistory,
    ListedPaper,
    distinct_names,
)

TODAY = date(2026, 3, 2)


def listed(number: int, *authors: str, days_ago: int = 10, upvotes: int = 0) -> ListedPaper:
    return ListedPaper(f"2601.{number:05}", TODAY - timedelta(days=days_ago), authors, upvotes)


def counted(history: list[ListedPaper], *authors: str, arxiv_id: str = "2603.00001") -> dict[str, int]:
    return AuthorHistory(history, TODAY).count_history(arxiv_id, authors)


def test_papers_that_two_authors_share_are_counted_by_pair() -> None:
    history = [listed(1, "Ada", "Ben", "Eve"), listed(2, "Ada", "Ben"), listed(3, "Ada"), listed(4, "Eve", "Zoe")]
    found = counted(history, "Ada", "Ben", "Eve")
    assert found["papers_of_best_pair"] == 2
    assert found["pairs"] == len(list(combinations("ABE", 2)))
    assert found["papers_of_two"] == 2
    assert found["papers_of_three"] == 1
    assert found["papers"] == 4
    assert found["papers_of_first_author"] == 3


def test_what_is_listed_on_the_day_or_later_is_not_known() -> None:
    assert counted([listed(1, "Ada", days_ago=0), listed(2, "Ada", days_ago=-5)], "Ada")["papers"] == 0
    assert counted([listed(1, "Ada", days_ago=1)], "Ada")["papers"] == 1


def test_what_was_listed_long_ago_says_nothing() -> None:
    assert counted([listed(1, "Ada", days_ago=HISTORY_DAYS)], "Ada")["days_since_paper"] == HISTORY_DAYS
    assert counted([listed(1, "Ada", days_ago=HISTORY_DAYS + 1)], "Ada")["days_since_paper"] == MAX_DAYS_AGO


def test_a_paper_is_no_earlier_paper_of_its_own_authors() -> None:
    assert counted([listed(1, "Ada", "Ben")], "Ada", "Ben", arxiv_id="2601.00001")["papers"] == 0


def test_votes_count_by_their_logarithm() -> None:
    found = counted([listed(1, "Ada", upvotes=0), listed(2, "Ada", upvotes=99)], "Ada")
    assert found["most_votes"] == 461  # 100 × log(1 + 99)
    assert found["average_votes"] == 230


def test_names_are_compared_without_accents_and_suffixes() -> None:
    assert distinct_names(["José García Jr.", "Jose Garcia", "", "O’Brien"]) == ["jose garcia", "obrien"]
    assert counted([listed(1, "Łukasz Kaiser")], "Lukasz Kaiser")["papers"] == 1


def test_of_a_collaboration_both_ends_are_read() -> None:
    names = [f"Person{number} Name" for number in range(3000)]
    found = distinct_names(names)
    assert len(found) == FIRST_AUTHORS + LAST_AUTHORS
    assert found[-1] == "person2999 name"
    assert counted([listed(1, *names)], *names)["papers_of_best_pair"] == 1


@pytest.mark.parametrize("authors", [(), ("",), ("Ada",), ("Ada", "Ada"), ("Ada", "Ben", "Eve", "Zoe")])
def test_every_paper_has_the_same_features(authors: tuple[str, ...]) -> None:
    found = counted([listed(1, "Ada", "Ben", upvotes=-3)], *authors)
    assert list(found) == list(counted([]))
    assert all(isinstance(value, int) and value >= 0 for value in found.values())


def test_order_and_repetition_of_the_history_change_nothing() -> None:
    history = [listed(n, "Ada", *["Ben"] * (n % 2), days_ago=n + 1, upvotes=n * 7) for n in range(30)]
    assert counted(history, "Ada", "Ben") == counted(history[::-1], "Ada", "Ben")
