"""The content of a paper's card in words: the same for the HTML and the plain part, so that neither says less."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from digest.domain import EditionContents, PaperRecord, SummaryRecord
from digest.letters import links, wording
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import shorten

MAX_LABEL_NAME_LENGTH = 18
# Characters of the abstract that stand in for a summary which is not there.
MAX_OPENING_LENGTH = 300


@dataclass(frozen=True, slots=True)
class CardPart:
    """A labelled paragraph. `language` is set where it is not the reader's."""

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
    title: str
    # Set where the letter is not in English.
    title_language: str
    authors: str
    category: str
    day: str
    badges: tuple[str, ...]
    parts: tuple[CardPart, ...]
    paper_links: tuple[CardLink, ...]
    feedback_links: tuple[CardLink, ...]

    @property
    def address(self) -> str:
        return self.paper_links[0].address


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


def describe_paper(paper: PaperRecord, language: str, *, title: str, name: str, feedback: str) -> CardContent:
    """Return the content of a card without its parts. Call it with the reader's language switched on.

    *title* is readable already; *name* is the paper's in the names of its links; *feedback* is what the feedback links
    begin with.
    """
    return CardContent(
        title=title,
        title_language="" if language == "en" else "en",
        authors=wording.format_authors(paper.authors),
        category=wording.format_categories(paper),
        day=wording.format_submission_day(paper),
        badges=tuple(wording.list_badges(paper)),
        parts=(),
        paper_links=tuple(_make_paper_links(paper, name)),
        feedback_links=tuple(_make_feedback_links(paper, name, feedback)),
    )


def _make_paper_links(paper: PaperRecord, name: str) -> list[CardLink]:
    found = (
        (pgettext("letter", "arXiv"), links.abstract_url(paper)),
        (pgettext("letter", "PDF"), links.pdf_url(paper)),
        (pgettext("letter", "HTML"), links.html_url(paper)),
        (pgettext("letter", "Code"), links.code_url(paper)),
    )
    return [_make_link(text, address, name) for text, address in found if address]


def _make_feedback_links(paper: PaperRecord, name: str, feedback: str) -> list[CardLink]:
    quoted_id = links.quote_id(paper.arxiv_id)
    kinds = (
        ("more", pgettext("letter", "More like this")),
        ("less", pgettext("letter", "Less like this")),
        ("save", pgettext("letter", "Save")),
    )
    return [_make_link(text, f"{feedback}/{kind}/{quoted_id}/", name) for kind, text in kinds]


def _make_link(text: str, address: str, name: str) -> CardLink:
    return CardLink(
        text, address, pgettext("letter: name of a link", "%(link)s: %(paper)s") % {"link": text, "paper": name}
    )


def describe_parts(
    paper: PaperRecord, summary: SummaryRecord | None, language: str, detail: str
) -> tuple[CardPart, ...]:
    """Return a card's labelled paragraphs in a level of detail. Call it with the reader's language switched on."""
    return tuple(_list_parts(paper, summary, language, detail))


def _list_parts(paper: PaperRecord, summary: SummaryRecord | None, language: str, detail: str) -> list[CardPart]:
    if detail == "titles":
        return []
    if detail == "abstract":
        summary_parts = [] if summary is None or summary.writer == "extractive" else [_tldr_part(summary, language)]
        return [*summary_parts, _abstract_part(pgettext("letter", "Abstract"), to_text(paper.abstract), language)]
    if summary is None:
        opening = shorten(to_text(paper.abstract), MAX_OPENING_LENGTH)
        return [_abstract_part(pgettext("letter", "From the abstract"), opening, language)]
    return [_tldr_part(summary, language), *(_structured_parts(summary, language) if detail == "structured" else ())]


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
