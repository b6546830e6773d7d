"""What is known on a day of how the earlier papers of its authors fared on a public list of papers.

Names are a delicate signal: TRENDING_AUTHOR_HISTORY=0 turns it off. A name may be several people's; that two names
stood together on an earlier paper says more than either, as it is hardly ever by chance.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations
from math import log1p
from typing import NamedTuple

from subscriptions.filters.person_names import split_name, without_suffix

# What was listed longer ago says nothing.
HISTORY_DAYS = 730
RECENT_DAYS = 90
# Of longer lists of authors the first and the last count: pairs of a collaboration's members say little and take long.
FIRST_AUTHORS, LAST_AUTHORS = 60, 20
# Stands for "never", and for everything as long ago.
MAX_DAYS_AGO = 999


class ListedPaper(NamedTuple):
    """A paper that a public list had on a day, and the most upvotes observed before the day that is ranked."""

    arxiv_id: str
    listed_on: date
    authors: tuple[str, ...]
    upvotes: int


class AuthorHistory:
    """The papers listed before a day, by the names of their authors."""

    def __init__(self, papers: Iterable[ListedPaper], day: date) -> None:
        """Papers listed on *day* or later are left out: nobody knows them when the day begins."""
        since = day - timedelta(days=HISTORY_DAYS)
        self.day = day
        self.papers = [each for each in papers if since <= each.listed_on < day]
        self._of_name: defaultdict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(self.papers):
            for name in distinct_names(each.authors):
                self._of_name[name].append(number)

    def __len__(self) -> int:
        return len(self.papers)

    def count_history(self, arxiv_id: str, authors: Sequence[str]) -> dict[str, int]:
        """Return by name what the history says of a paper's authors: integers, the same names for every paper.

        Shares are permille, averages hundredths. The paper itself, if it was listed before it was announced, is no
        earlier paper of theirs.
        """
        listed = [self._earlier_papers(name, arxiv_id) for name in distinct_names(authors)]
        authors_of: defaultdict[int, list[int]] = defaultdict(list)
        for author, numbers in enumerate(listed):
            for number in numbers:
                authors_of[number].append(author)
        pairs = Counter(pair for known in authors_of.values() for pair in combinations(known, 2))
        counts = [len(numbers) for numbers in listed]
        recent = [sum(self._days_ago(number) <= RECENT_DAYS for number in numbers) for numbers in listed]
        shared = [number for number, known in authors_of.items() if len(known) >= 2]
        most_known = max(map(len, authors_of.values()), default=0)
        known_authors = sum(map(bool, counts))
        size = len(counts) or 1
        votes, shared_votes = self._votes(authors_of), self._votes(shared)
        return {
            "papers_of_best_pair": max(pairs.values(), default=0),
            "pairs": len(pairs),
            "authors_in_pairs": len({author for pair in pairs for author in pair}),
            "papers_of_two": len(shared),
            "papers_of_three": sum(len(known) >= 3 for known in authors_of.values()),
            "recent_papers_of_two": sum(self._days_ago(number) <= RECENT_DAYS for number in shared),
            "days_since_paper_of_two": min(map(self._days_ago, shared), default=MAX_DAYS_AGO),
            "most_authors_of_a_paper": most_known,
            "share_of_authors_of_a_paper": 1000 * most_known // size,
            "known_authors": known_authors,
            "share_of_known_authors": 1000 * known_authors // size,
            "papers": len(authors_of),
            "recent_papers": sum(self._days_ago(number) <= RECENT_DAYS for number in authors_of),
            "days_since_paper": min(map(self._days_ago, authors_of), default=MAX_DAYS_AGO),
            "papers_by_author": sum(counts),
            "average_papers_by_author": 100 * sum(counts) // size,
            "most_papers_of_an_author": max(counts, default=0),
            "most_recent_papers_of_an_author": max(recent, default=0),
            "papers_of_second_best_author": sorted(counts)[-2] if len(counts) > 1 else 0,
            "papers_of_first_author": counts[0] if counts else 0,
            "papers_of_second_author": counts[1] if len(counts) > 1 else 0,
            "papers_of_last_author": counts[-1] if counts else 0,
            "papers_of_last_but_one": counts[-2] if len(counts) > 2 else 0,
            "recent_papers_of_first_author": recent[0] if recent else 0,
            "recent_papers_of_last_author": recent[-1] if recent else 0,
            "votes": sum(votes),
            "average_votes": sum(votes) // (len(votes) or 1),
            "most_votes": max(votes, default=0),
            "votes_of_two": sum(shared_votes),
            "average_votes_of_two": sum(shared_votes) // (len(shared_votes) or 1),
            "most_votes_of_two": max(shared_votes, default=0),
        }

    def _earlier_papers(self, name: str, arxiv_id: str) -> list[int]:
        return [number for number in self._of_name.get(name, ()) if self.papers[number].arxiv_id != arxiv_id]

    def _days_ago(self, number: int) -> int:
        return (self.day - self.papers[number].listed_on).days

    def _votes(self, numbers: Iterable[int]) -> list[int]:
        """Return the logarithm of the upvotes of papers, in hundredths."""
        return [round(100 * log1p(max(0, self.papers[number].upvotes))) for number in numbers]


def distinct_names(authors: Sequence[str]) -> list[str]:
    """Return the names as they are compared, each once and in their order; of a long list its two ends."""
    if len(authors) > FIRST_AUTHORS + LAST_AUTHORS:
        authors = (*authors[:FIRST_AUTHORS], *authors[-LAST_AUTHORS:])
    return list(dict.fromkeys(filter(None, map(_normalise_name, authors))))


@lru_cache(maxsize=1 << 16)
def _normalise_name(name: str) -> str:
    return " ".join(without_suffix(split_name(name)))


# What `count_history` counts.
HISTORY_FEATURES = frozenset(AuthorHistory([], date.max).count_history("", ()))
