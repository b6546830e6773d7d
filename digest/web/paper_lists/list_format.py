"""What a format of lists declares. Each has a module of its own beside this one, and a line in `registry.py`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from digest.domain import PaperRecord
from digest.web.paper_lists.paper_list import PaperList

# Programs that read feeds ask again and again, and for what is new.
MAX_FEED_ENTRIES = 50
# Files have more, as they are kept: most of a day. Lists that cost more to find have fewer.
MAX_FILE_ENTRIES = 500
# Of a paper's authors, lists name so many: some papers have thousands, and a list has hundreds of papers. The paper's
# own files name them all.
MAX_AUTHORS = 100


def name_few_authors(paper: PaperRecord) -> PaperRecord:
    """Return a paper with its first MAX_AUTHORS authors."""
    return replace(paper, authors=paper.authors[:MAX_AUTHORS])


@dataclass(frozen=True, slots=True)
class ListFormat:
    # In addresses.
    name: str
    # For people.
    label: str
    media_type: str
    # Of the files' names.
    ending: str
    # Yields the list in pieces.
    write: Callable[[PaperList], Iterator[str]]
    # A feed is subscribed to; all else is a file to keep.
    is_feed: bool = False

    @property
    def max_papers(self) -> int:
        """Return how many papers a list in this format has at most."""
        return MAX_FEED_ENTRIES if self.is_feed else MAX_FILE_ENTRIES
