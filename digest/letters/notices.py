"""What has become of papers that a reader was sent before: a sentence each, the same for HTML and plain text."""

from dataclasses import dataclass

from django.utils.translation import pgettext

from digest.domain import PaperRecord
from digest.letters import links
from digest.letters.text_layout import short

LONGEST_TITLE = 90
TITLE = "%(title)s"


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


def notice(paper: PaperRecord, language: str, title: str) -> Notice:
    """Call it with the reader's language switched on. *title* is readable already."""
    before, _, after = _sentence(paper).partition(TITLE)
    return Notice(
        before=before,
        title=short(title, LONGEST_TITLE),
        after=after,
        language="" if language == "en" else "en",
        address=links.abstract(paper),
    )


def _sentence(paper: PaperRecord) -> str:
    if paper.kind == "withdrawn":
        return pgettext("letter", "“%(title)s” was withdrawn by its authors")
    return pgettext("letter", "“%(title)s” has a new version")
