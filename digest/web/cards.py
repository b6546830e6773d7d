"""The cards of papers in a list or a letter: the record, the summary to show, and why it is there."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from digest.domain import EditionContents, PaperRecord, Pick, Reason, SummaryRecord
from digest.letters import wording
from digest.letters.subject import format_subject
from digest.letters.tex.to_unicode import to_text
from digest.ranking.search.paper_terms import MAX_INDEXED_AUTHORS
from digest.web.author_links import AuthorLink, link_authors
from digest.web.category_links import CategoryLink, link_categories
from subscriptions.filters.person_names import split_name
from subscriptions.page_language import page_language


@dataclass(frozen=True, slots=True)
class Card:
    """A paper in a list."""

    paper: PaperRecord
    summary: SummaryRecord | None
    reasons: tuple[Reason, ...] = ()
    # What the reader said of the paper, where they can say something of it.
    marks: Set[str] | None = None
    # Whose page it is on, if it is an author's: they are named even where others are left out.
    page_of: str = ""

    @property
    def authors(self) -> list[list[AuthorLink]]:
        """Return the authors to name; those after a gap are a list of their own."""
        first, last = wording.choose_authors(self.paper.authors)
        own: list[str] = []
        if parts := split_name(self.page_of):
            left_out = self.paper.authors[len(first) : len(self.paper.authors) - len(last)]
            # The page has no paper that names its author further behind.
            own = [name for name in left_out[:MAX_INDEXED_AUTHORS] if split_name(name) == parts][:1]
        return [link_authors(some) for some in (first, own, last) if some]

    @property
    def category(self) -> CategoryLink:
        """Return the primary category."""
        [primary] = link_categories([wording.format_primary_category(self.paper)])
        return primary

    @property
    def cross_lists(self) -> list[CategoryLink]:
        """Return the other categories to name."""
        return link_categories(wording.list_cross_lists(self.paper))


def find_summary(summaries: Mapping[tuple[int, str], SummaryRecord], rank: int, language: str) -> SummaryRecord | None:
    """Return the summary for readers of the page's language, else the English one."""
    return summaries.get((rank, language)) or summaries.get((rank, "en"))


def cards_of_papers(papers: Iterable[PaperRecord], summaries: Mapping[tuple[int, str], SummaryRecord]) -> list[Card]:
    """Return the cards of papers, in their order, without reasons. *summaries* are known by rank and language."""
    language = page_language()
    return [Card(paper, find_summary(summaries, paper.rank, language)) for paper in papers]


def cards_of_picks(contents: EditionContents, picks: Sequence[Pick]) -> list[Card]:
    """Return the cards of the papers of a letter, in its order, with the reasons for each."""
    language = page_language()
    return [
        Card(contents.papers[pick.rank], find_summary(contents.summaries, pick.rank, language), pick.reasons)
        for pick in picks
    ]


def describe_picks(contents: EditionContents, picks: Sequence[Pick]) -> dict[str, object]:
    """Return the subject and the cards of a letter, as `digest/_letter.html` reads them; nothing without papers."""
    if not picks:
        return {}
    title = to_text(contents.papers[picks[0].rank].title)
    return {"subject": format_subject(title, len(picks) - 1), "cards": cards_of_picks(contents, picks)}


def mark_cards(cards: Iterable[Card], marks: Mapping[str, Set[str]]) -> list[Card]:
    """Return the cards with what the reader said of each paper, by arXiv id."""
    return [replace(card, marks=marks.get(card.paper.arxiv_id, frozenset())) for card in cards]
