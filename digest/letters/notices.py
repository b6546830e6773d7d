"""What has become of papers that a reader was sent before: a sentence each, the same for HTML and plain text."""

from dataclasses import dataclass

from django.utils.translation import pgettext

from digest.domain import PaperRecord
from digest.letters import links
from digest.letters.text_layout import shorten

MAX_NOTICE_TITLE_LENGTH = 90
TITLE_PLACEHOLDER = "%(title)s"


@dataclass(frozen=True, slots=True)
class Notice:
    # What the sentence says before the title,
    before: str
    title: str
    # and what after it.
    after: str
    # The title's, where the letter is in another.
    language: str
    address: str

    @property
    def sentence(self) -> str:
        return f"{self.before}{self.title}{self.after}"


def describe_change(paper: PaperRecord, language: str, title: str) -> Notice:
    """Call it with the reader's language switched on. *title* is readable already."""
    before, _, after = _sentence(paper).partition(TITLE_PLACEHOLDER)
    return Notice(
        before=before,
        title=shorten(title, MAX_NOTICE_TITLE_LENGTH),
        after=after,
        language="" if language == "en" else "en",
        address=links.abstract_url(paper),
    )


def _sentence(paper: PaperRecord) -> str:
    if paper.kind == "withdrawn":
        return pgettext("letter", "“%(title)s” was withdrawn by its authors")
    return pgettext("letter", "“%(title)s” has a new version")
