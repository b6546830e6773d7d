"""A list of papers as every page, feed and file shows it: an edition's, a search's, a topic's, a reader's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from digest.domain import PaperRecord, SummaryRecord

# Whoever looks at a page sees this many papers at most: some screens to scroll, and as quick to make as a search.
PAPERS_PER_PAGE = 25
# Files of lists without an end have more, as they are kept; a larger one is no answer that can be made for anybody.
MAX_PAPERS_OF_ENDLESS_LISTS = 200

# How long a copy of a list may be shown before it is asked for again.
USUAL_AGE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PaperList:
    """Papers in an order, and what stands above them. Texts are in the language that is active as it is made."""

    title: str
    description: str
    # The path of the list's page with the query that makes it, but for the number of a page: `/search/?q=attention`.
    path: str
    # How files of it are called, without their ending.
    file_name: str
    papers: Sequence[PaperRecord]
    # By version id.
    summaries: Mapping[int, SummaryRecord]
    # When a paper came onto the list, by version id; others came on the day that announced them.
    listed_at: Mapping[int, datetime] = field(default_factory=dict)
    # How long a copy of it may be kept; None for a list that only one reader may see.
    age: timedelta | None = USUAL_AGE
    # Whether anybody may keep that copy, or only the program that asked.
    is_public: bool = True

    def listing_time(self, paper: PaperRecord) -> datetime:
        """Return when a paper came onto the list."""
        return self.listed_at.get(paper.version_id) or datetime.combine(paper.day, time(), UTC)

    @property
    def updated(self) -> datetime | None:
        """When the last paper came onto the list; None for an empty one."""
        return max(map(self.listing_time, self.papers), default=None)
