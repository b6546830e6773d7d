"""Notices: a sentence on each paper sent before that has changed, the same for HTML and plain text."""

from dataclasses import dataclass

from django.utils.translation import pgettext

from digest.domain import PaperRecord
from digest.letters import links
from digest.letters.text_layout import shorten

MAX_NOTICE_TITLE_LENGTH = 90
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
    before, _, after = sentence.partition(TITLE_PLACEHOLDER)
    return Notice(
        before=before,
        title=shorten(title, MAX_NOTICE_TITLE_LENGTH),
        after=after,
        language="" if language == "en" else "en",
        address=links.abstract_url(paper),
    )
