"""The content of a paper's card in words: the same for the HTML and the plain part, so that neither says less."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from digest.domain import EditionContents, PaperRecord, SummaryRecord
from digest.letters import links, wording
from digest.letters.card_levels import CardForm, CardLevel
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import shorten

MAX_LABEL_NAME_LENGTH = 18
# Characters of the one line that the last papers of a letter have.
MAX_LINE_LENGTH = 110
# Characters of the abstract that stand in for a summary which is not there.
MAX_OPENING_LENGTH = 300


@dataclass(frozen=True, slots=True)
class CardPart:
    """A paragraph, labelled or not. `language` is set where it is not the reader's."""

    label: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class CardLink:
    text: str
    address: str
    # The name for screen readers, which says of which paper the link is.
    name: str


@dataclass(frozen=True, slots=True)
class CardContent:
    form: CardForm
    title: str
    # Set where the letter is not in English.
    title_language: str
    authors: str
    # Category and day; empty in a card of one line.
    facts: str
    badges: tuple[str, ...]
    parts: tuple[CardPart, ...]
    # The first is the abstract's page at arXiv, where the title leads.
    paper_links: tuple[CardLink, ...]
    feedback_links: tuple[CardLink, ...]

    @property
    def address(self) -> str:
        return self.paper_links[0].address


class CardWriter:
    """Writes the content of an edition's cards. Call it with the reader's language switched on."""

    def __init__(self, contents: EditionContents, feedback: str) -> None:
        """*feedback* is what the feedback links begin with."""
        self.contents, self._feedback = contents, feedback
        self.titles = [to_text(paper.title) or paper.arxiv_id for paper in contents.papers]
        self._names = name_papers(contents, self.titles)

    def describe_card(self, rank: int, language: str, level: CardLevel) -> CardContent:
        """Return the content of a paper's card at a level."""
        paper, summary = self.contents.papers[rank], self.contents.summaries.get((rank, language))
        name = self._names[rank]
        is_full = level.form == CardForm.FULL
        return CardContent(
            form=level.form,
            title=self.titles[rank],
            title_language="" if language == "en" else "en",
            authors=(wording.format_authors if is_full else wording.format_first_authors)(paper.authors),
            facts=_list_facts(paper, level.form),
            badges=tuple(wording.list_badges(paper)),
            parts=tuple(_list_parts(paper, summary, language, level)),
            paper_links=tuple(_make_paper_links(paper, name, level.form)),
            feedback_links=tuple(_make_feedback_links(paper, name, self._feedback)),
        )

    def preheader_words(self, rank: int, language: str) -> Iterator[str]:
        """Yield what stands in a preheader where titles are short: how the first paper begins, and the day."""
        summary = self.contents.summaries.get((rank, language))
        opening = summary.text.tldr if summary else self.contents.papers[rank].abstract
        yield shorten(to_text(opening), MAX_OPENING_LENGTH)
        yield wording.describe_letter(self.contents.day)


def name_papers(contents: EditionContents, titles: Sequence[str]) -> list[str]:
    """Return what links call each paper: its short title, and its arXiv id where another has the same title.

    Letters of several days add papers to an edition. They change no name that an earlier letter has shown.
    """
    names = [shorten(title, MAX_LABEL_NAME_LENGTH) for title in titles]
    counts = Counter(name for name, paper in zip(names, contents.papers, strict=True) if paper.day == contents.day)
    for number, paper in enumerate(contents.papers):
        name, is_of_the_day = names[number], paper.day == contents.day
        if counts[name] > is_of_the_day:
            names[number] = f"{name} ({paper.arxiv_id})"
        elif not is_of_the_day:
            counts[name] = 1
    return names


def _list_facts(paper: PaperRecord, form: CardForm) -> str:
    match form:
        case CardForm.FULL:
            return f"{wording.format_categories(paper)} · {wording.format_submission_day(paper)}"
        case CardForm.SHORT:
            return wording.format_primary_category(paper)
        case CardForm.LINE:
            return ""


def _make_paper_links(paper: PaperRecord, name: str, form: CardForm) -> list[CardLink]:
    found = (
        (pgettext("letter", "arXiv"), links.abstract_url(paper)),
        (pgettext("letter", "PDF"), links.pdf_url(paper)),
        (pgettext("letter", "HTML"), "" if form == CardForm.LINE else links.html_url(paper)),
        (pgettext("letter", "Code"), links.code_url(paper)),
    )
    return [CardLink(text, address, _name_link(text, name)) for text, address in found if address]


def _make_feedback_links(paper: PaperRecord, name: str, feedback: str) -> list[CardLink]:
    quoted_id = links.quote_id(paper.arxiv_id)
    kinds = (
        ("more", pgettext("letter: feedback", "+ More"), pgettext("letter", "More like this")),
        ("less", pgettext("letter: feedback", "− Less"), pgettext("letter", "Less like this")),
        ("save", pgettext("letter", "Save"), pgettext("letter", "Save")),
    )
    return [CardLink(text, f"{feedback}/{kind}/{quoted_id}/", _name_link(label, name)) for kind, text, label in kinds]


def _name_link(label: str, paper: str) -> str:
    return pgettext("letter: name of a link", "%(link)s: %(paper)s") % {"link": label, "paper": paper}


def _list_parts(paper: PaperRecord, summary: SummaryRecord | None, language: str, level: CardLevel) -> list[CardPart]:
    detail = level.detail
    if detail == "titles":
        return []
    if level.form == CardForm.LINE:
        return [_one_line_part(paper, summary, language)]
    if detail == "abstract":
        summary_parts = [] if summary is None or summary.writer == "extractive" else [_tldr_part(summary, language)]
        return [*summary_parts, _abstract_part(pgettext("letter", "Abstract"), to_text(paper.abstract), language)]
    if summary is None:
        opening = shorten(to_text(paper.abstract), MAX_OPENING_LENGTH)
        return [_abstract_part(pgettext("letter", "From the abstract"), opening, language)]
    return [_tldr_part(summary, language), *(_structured_parts(summary, language) if detail == "structured" else ())]


def _one_line_part(paper: PaperRecord, summary: SummaryRecord | None, language: str) -> CardPart:
    if summary is None:
        return _abstract_part("", shorten(to_text(paper.abstract), MAX_LINE_LENGTH), language)
    whole = _tldr_part(summary, language)
    # What a model wrote is labelled as such wherever it stands.
    label = "" if summary.writer == "extractive" else whole.label
    return CardPart(label, shorten(whole.text, MAX_LINE_LENGTH), whole.language)


def _tldr_part(summary: SummaryRecord, language: str) -> CardPart:
    foreign = "" if summary.language == language else wording.html_language(summary.language)
    return CardPart(wording.label_summary(summary, language), to_text(summary.text.tldr), foreign)


def _structured_parts(summary: SummaryRecord, language: str) -> list[CardPart]:
    text = summary.text
    foreign = "" if summary.language == language else wording.html_language(summary.language)
    found = (
        (pgettext("letter", "Motivation"), text.motivation),
        (pgettext("letter", "Method"), text.method),
        (pgettext("letter", "Result"), text.result),
        (pgettext("letter", "Conclusion"), text.conclusion),
    )
    return [CardPart(label, to_text(part), foreign) for label, part in found if part.strip()]


def _abstract_part(label: str, text: str, language: str) -> CardPart:
    return CardPart(label, text, "" if language == "en" else "en")
