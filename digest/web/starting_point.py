"""What somebody's own papers or reading say of their interests: liked papers, categories and keywords to tick."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from digest.letters.tex.to_unicode import to_text
from digest.models import Version
from digest.ranking.personal.suggest_keywords import SuggestedFrom, suggest_keywords
from digest.ranking.search.filter_matches import find_phrase
from digest.ranking.search.paper_terms import PLACES_PER_PAPER, STOP_WORDS
from digest.ranking.search.postings import Postings
from digest.search import find
from digest.search.lookup import DatabaseIndex
from digest.web.references.reading import ReadList
from subscriptions.filters.language import FilterError, tokens, words
from subscriptions.preference_defaults import MAX_LIKED_PAPERS
from subscriptions.taxonomy import categories

MAX_TITLES_LOOKED_FOR = 200
MAX_PAPERS_OF_A_NAME = 50
MAX_CATEGORIES, MAX_KEYWORDS = 8, 10
# A category is ticked if at least so many of the papers are in it.
MIN_SHARE_TICKED = 0.2


@dataclass(frozen=True, slots=True)
class FoundPaper:
    """A paper to tick. One that is not stored here has no authors, and perhaps no title."""

    arxiv_id: str
    title: str
    authors: tuple[str, ...] = ()
    is_stored: bool = True
    is_ticked: bool = True


@dataclass(frozen=True, slots=True)
class FoundCategory:
    code: str
    # How many of the papers are in it.
    papers: int
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class StartingPoint:
    papers: tuple[FoundPaper, ...]
    categories: tuple[FoundCategory, ...]
    keywords: tuple[str, ...]
    # Titles that no stored paper has.
    unknown_titles: int


def find_starting_point(read: ReadList, name: str) -> StartingPoint:
    """Return the papers of a list and those of an author, and what they suggest. Nothing is asked outside.

    It takes two queries for the ids, three for all titles and some for the name. *name* may be empty.
    """
    named = [reference.arxiv_id for reference in read.references if reference.arxiv_id]
    untold = [reference for reference in read.references if not reference.arxiv_id][:MAX_TITLES_LOOKED_FOR]
    stored = _find_versions(named)
    by_title = _find_by_titles([reference.title for reference in untold])
    own = _find_by_author(name)
    versions = {version.paper.arxiv_id: version for version in [*stored, *by_title, *own]}
    titles = {reference.arxiv_id: reference.title for reference in read.references}
    certain = {*named, *(version.paper.arxiv_id for version in by_title)}
    papers = [
        FoundPaper(key, to_text(version.title), tuple(version.authors), True, key in certain or _is_by(version, name))
        for key, version in versions.items()
    ]
    papers += [FoundPaper(key, titles[key], is_stored=False) for key in named if key not in versions]
    likely = [versions[paper.arxiv_id] for paper in papers if paper.is_stored and paper.is_ticked]
    unstored = [each for each in read.references if each.title and each.arxiv_id not in versions]
    texts: list[SuggestedFrom] = [*likely, *unstored]
    return StartingPoint(
        tuple(papers[:MAX_LIKED_PAPERS]),
        _suggest_categories(likely),
        suggest_keywords(texts, MAX_KEYWORDS),
        max(len(untold) - len(by_title), 0),
    )


def _find_versions(arxiv_ids: Collection[str]) -> list[Version]:
    """Return the newest stored version of each paper, in the order of *arxiv_ids*."""
    rows = Version.objects.filter(paper__arxiv_id__in=set(arxiv_ids)).select_related("paper").order_by("number", "pk")
    newest = {row.paper.arxiv_id: row for row in rows}
    return [newest[key] for key in dict.fromkeys(arxiv_ids) if key in newest]


class PhraseIndex(DatabaseIndex):
    """The index with the words of many phrases, which are read at once."""

    def __init__(self, terms: Collection[str]) -> None:
        super().__init__()
        self._loaded = super().by_term(terms) if terms else {}

    def by_term(self, terms: Collection[str]) -> dict[str, Postings]:
        return {term: self._loaded[term] for term in terms if term in self._loaded}


def _find_by_titles(titles: Sequence[str]) -> list[Version]:
    """Return the papers that have one of these titles, word by word."""
    told = (tuple(tokens(title)) for title in titles)
    wanted = {title for title in told if not STOP_WORDS.issuperset(title)}
    if not wanted:
        return []
    index = PhraseIndex(set(chain.from_iterable(wanted)) - STOP_WORDS)
    numbers = np.unique(np.concatenate([find_phrase(title, index) // PLACES_PER_PAPER for title in wanted]))
    rows = Version.objects.filter(pk__in=index.versions(numbers)).select_related("paper").order_by("pk")
    return [row for row in rows if tuple(tokens(row.title)) in wanted]


def _find_by_author(name: str) -> list[Version]:
    spelled = " ".join(words(name))
    if not spelled:
        return []
    try:
        hits = find.search(f'author:"{spelled}"', MAX_PAPERS_OF_A_NAME)
    except FilterError:
        return []
    rows = Version.objects.filter(pk__in=[hit.version_id for hit in hits if hit.matches]).select_related("paper")
    return list(rows.order_by("-pk"))


def _is_by(version: Version, name: str) -> bool:
    """Return whether an author has all parts of a name, spelled out: initials alone may be somebody else's."""
    parts = set(words(name))
    return any(parts <= set(words(author)) for author in version.authors)


def _suggest_categories(versions: Sequence[Version]) -> tuple[FoundCategory, ...]:
    counts = Counter(
        code for version in versions for code in {categories.canonical(each) for each in version.categories} if code
    )
    return tuple(
        FoundCategory(code, papers, papers >= MIN_SHARE_TICKED * len(versions))
        for code, papers in counts.most_common(MAX_CATEGORIES)
    )
