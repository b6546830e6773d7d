"""Notices: a sentence on each paper sent or kept before of which there is news, the same for HTML and plain text."""

from dataclasses import dataclass

from django.utils.translation import pgettext

from digest.domain import PaperNewsRecord, PaperRecord
from digest.letters import links
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line, shorten

MAX_NOTICE_TITLE_LENGTH = 90
MAX_REFERENCE_LENGTH = 90
TITLE_PLACEHOLDER = "%(title)s"


@dataclass(frozen=True, slots=True)
class Notice:
    # The sentence before the title, the title, and the sentence after it.
    before: str
    title: str
    after: str
    # The title's; empty where it is the letter's.
    language: str
    address: str

    @property
    def sentence(self) -> str:
        return f"{self.before}{self.title}{self.after}"


def describe_change(paper: PaperRecord, language: str, title: str) -> Notice:
    """Return the notice of a changed paper. Call it with the reader's language switched on.

    *title* is readable already.
    """
    sentence = (
        pgettext("letter", "“%(title)s” was withdrawn by its authors")
        if paper.kind == "withdrawn"
        else pgettext("letter", "“%(title)s” has a new version")
    )
    return _make_notice(sentence, title, language, links.abstract_url(paper))


def describe_news(news: PaperNewsRecord, language: str) -> Notice:
    """Return the notice of what became known of a paper. Call it with the reader's language switched on."""
    if news.kind == "code":
        sentence = pgettext("letter", "There is code for “%(title)s” now")
    elif reference := shorten(to_text(one_line(news.reference)), MAX_REFERENCE_LENGTH):
        sentence = pgettext("letter", "“%(title)s” was published: %(reference)s")
        sentence = sentence.replace("%(reference)s", reference)
    else:
        sentence = pgettext("letter", "“%(title)s” was published")
    title = to_text(news.title) or news.arxiv_id
    return _make_notice(sentence, title, language, one_line(news.address) or links.abstract_url_of(news.arxiv_id))


def _make_notice(sentence: str, title: str, language: str, address: str) -> Notice:
    before, _, after = sentence.partition(TITLE_PLACEHOLDER)
    return Notice(
        before=before,
        title=shorten(title, MAX_NOTICE_TITLE_LENGTH),
        after=after,
        language="" if language == "en" else "en",
        address=address,
    )
