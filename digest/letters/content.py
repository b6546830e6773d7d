"""What a card says of a paper, in words: the same for the HTML and the plain part, so that neither says less."""

from dataclasses import dataclass

from django.utils.translation import pgettext

from digest.domain import PaperRecord, SummaryRecord
from digest.letters import links, wording
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import short

NAME_IN_A_LABEL = 18
# Characters of the abstract that stand in for a summary which is not there.
OPENING = 300


@dataclass(frozen=True, slots=True)
class Part:
    """A labelled paragraph. `language` is set where it is not the reader's."""

    label: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    address: str
    # The link's name where only names are heard: it says which paper.
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    title: str
    # Set where the letter is not in English.
    title_language: str
    authors: str
    category: str
    day: str
    badges: tuple[str, ...]
    parts: tuple[Part, ...]
    reading: tuple[Link, ...]
    saying: tuple[Link, ...]

    @property
    def address(self) -> str:
        return self.reading[0].address


def short_name(title: str) -> str:
    return short(title, NAME_IN_A_LABEL)


def facts(paper: PaperRecord, language: str, *, title: str, name: str, feedback: str) -> Facts:
    """What a card says in every level of detail; `parts` come to it. Call it with the reader's language switched on.

    *title* is readable already; *name* is the paper's in the names of its links; *feedback* is what the feedback
    links begin with.
    """
    return Facts(
        title=title,
        title_language="" if language == "en" else "en",
        authors=wording.authors(paper.authors),
        category=wording.categories(paper),
        day=wording.submitted(paper),
        badges=tuple(wording.badges(paper)),
        parts=(),
        reading=tuple(_reading(paper, name)),
        saying=tuple(_saying(paper, name, feedback)),
    )


def _reading(paper: PaperRecord, name: str) -> list[Link]:
    found = (
        (pgettext("letter", "arXiv"), links.abstract(paper)),
        (pgettext("letter", "PDF"), links.pdf(paper)),
        (pgettext("letter", "HTML"), links.html(paper)),
        (pgettext("letter", "Code"), links.code(paper)),
    )
    return [_link(text, address, name) for text, address in found if address]


def _saying(paper: PaperRecord, name: str, feedback: str) -> list[Link]:
    place = links.quoted(paper.arxiv_id)
    kinds = (
        ("more", pgettext("letter", "More like this")),
        ("less", pgettext("letter", "Less like this")),
        ("save", pgettext("letter", "Save")),
    )
    return [_link(text, f"{feedback}/{kind}/{place}/", name) for kind, text in kinds]


def _link(text: str, address: str, name: str) -> Link:
    return Link(
        text, address, pgettext("letter: name of a link", "%(link)s: %(paper)s") % {"link": text, "paper": name}
    )


def parts(paper: PaperRecord, summary: SummaryRecord | None, language: str, detail: str) -> tuple[Part, ...]:
    """The same holds."""
    return tuple(_parts(paper, summary, language, detail))


def _parts(paper: PaperRecord, summary: SummaryRecord | None, language: str, detail: str) -> list[Part]:
    if detail == "titles":
        return []
    if detail == "abstract":
        own_words = [] if summary is None or summary.writer == "extractive" else [_tldr(summary, language)]
        return [*own_words, _abstract(pgettext("letter", "Abstract"), to_text(paper.abstract), language)]
    if summary is None:
        opening = short(to_text(paper.abstract), OPENING)
        return [_abstract(pgettext("letter", "From the abstract"), opening, language)]
    return [_tldr(summary, language), *(_structure(summary, language) if detail == "structured" else ())]


def _tldr(summary: SummaryRecord, language: str) -> Part:
    foreign = "" if summary.language == language else wording.html_language(summary.language)
    return Part(wording.by_whom(summary, language), to_text(summary.text.tldr), foreign)


def _structure(summary: SummaryRecord, language: str) -> list[Part]:
    text = summary.text
    foreign = "" if summary.language == language else wording.html_language(summary.language)
    found = (
        (pgettext("letter", "Motivation"), text.motivation),
        (pgettext("letter", "Method"), text.method),
        (pgettext("letter", "Result"), text.result),
        (pgettext("letter", "Conclusion"), text.conclusion),
    )
    return [Part(label, to_text(part), foreign) for label, part in found if part.strip()]


def _abstract(label: str, text: str, language: str) -> Part:
    return Part(label, text, "" if language == "en" else "en")
