"""The values that pass between the rooms: frozen, without Django, so that sources and ranking stay pure.

What is made many times for each reader is a named tuple, as a frozen dataclass takes longer to make.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from digest.parsed_letter import ParsedLetter, parse_letter

# How a listing announces a paper; withdrawn ones are announced as replacements and told apart in an edition.
AnnouncementKind = Literal["new", "cross", "replace", "replace-cross", "withdrawn"]

# Only these are chosen for readers. An edition lists the others after them, and who was sent one hears of it.
ANNOUNCED_AS_NEW: tuple[AnnouncementKind, ...] = ("new", "cross")


# Long work calls it with (done, total); total is None while it is unknown.
ProgressCallback = Callable[[int, int | None], None]


def no_progress(done: int, total: int | None = None) -> None:
    """The Tick for work that nobody watches."""


@dataclass(frozen=True, slots=True)
class SummaryText:
    """The five fields of a summary; an empty text means that the field is left out."""

    tldr: str
    motivation: str = ""
    method: str = ""
    result: str = ""
    conclusion: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """A signal's value at a time. Kinds: upvotes, comments, stars."""

    kind: Literal["upvotes", "comments", "stars"]
    value: int
    at: datetime


@dataclass(frozen=True, slots=True)
class FetchedPaper:
    """A paper as one listing announced it. The same paper may come several times, once per category."""

    # Without the version: `2601.15380`, `hep-th/9901001`.
    arxiv_id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    # The first is the primary one.
    categories: tuple[str, ...]
    # The day of the listing.
    day: date
    # Where it stands in the source, for people: `line 57`, `entry 3`.
    where: str
    # The category whose listing this is; empty means the primary one.
    section: str = ""
    kind: AnnouncementKind = "new"
    # None where the source does not say; then the newest stored version is meant, or the first.
    version: int | None = None
    published: datetime | None = None
    updated: datetime | None = None
    comment: str = ""
    doi: str = ""
    journal_ref: str = ""
    code_url: str = ""
    withdrawn: bool = False
    # A summary written elsewhere, placeholders already removed.
    summary: SummaryText | None = None
    observations: tuple[Observation, ...] = ()

    @property
    def announced_in(self) -> str:
        return self.section or self.categories[0]


@dataclass(frozen=True, slots=True)
class Malformed:
    """An entry that could not be read: reported, never fatal."""

    where: str
    reason: str
    excerpt: str = ""


Entry = FetchedPaper | Malformed


class Source(Protocol):
    """A source of papers: it yields the entries announced on *day*, one by one, and may raise SourceUnavailable."""

    @property
    def name(self) -> str: ...

    def entries(self, day: date) -> Iterator[Entry]: ...


@runtime_checkable
class HasNote(Protocol):
    """A source of which readers should know something: its note stands at the top of letters and pages."""

    @property
    def note(self) -> str: ...


class SourceUnavailable(Exception):
    """The source could not be read at all; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """A paper in an edition: what ranking, letters and pages may know of it."""

    # Its place in the edition, from 0: the order of `score`.
    rank: int
    entry_id: int
    version_id: int
    arxiv_id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    section: str
    kind: AnnouncementKind
    # The trending score, 0 to 1.
    score: float
    day: date
    published: datetime | None = None
    comment: str = ""
    code_url: str = ""
    # The latest value of each kind of signal.
    signals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SummaryRecord:
    id: int
    language: str
    # A model's name, `extractive` or `imported`.
    writer: str
    text: SummaryText


ReasonKind = Literal["keyword", "author", "category", "trending", "like"]


class Reason(NamedTuple):
    """Why a paper was chosen. `text` is the reader's filter, an author, a category, the evidence, or a liked title."""

    kind: ReasonKind
    text: str


class Pick(NamedTuple):
    """A paper chosen for a reader; `rank` names the paper within its edition."""

    rank: int
    score: float
    reasons: tuple[Reason, ...]


class Choice(NamedTuple):
    """The papers chosen for one reader, or why there are none.

    `excluded` is then `no_match`, `seen_before` (the reader already had whatever matches), or `below_minimum`.
    """

    picks: tuple[Pick, ...]
    # How many papers matched, the ones beyond the reader's number included.
    matched: int
    excluded: str = ""
    # Ranks of papers of this edition that the reader was sent before, as they were: replaced or withdrawn since.
    notices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EditionContents:
    """A frozen edition with everything that pages and letters show of it."""

    id: int
    day: date
    # The operator's note, Markdown.
    note: str
    # By rank: `papers[n].rank == n`.
    papers: tuple[PaperRecord, ...]
    # By (rank, language of the reader). The summary itself may be in another language: see its `language`.
    summaries: Mapping[tuple[int, str], SummaryRecord]


class LetterOrder(NamedTuple):
    """The choices that a delivery's row froze: enough, with the edition, to assemble the same bytes again."""

    delivery_id: int
    # With angle brackets.
    message_id: str
    date: datetime
    picks: tuple[Pick, ...]
    matched: int
    language: str
    detail: str
    # Ranks of replaced and withdrawn papers that the letter tells of.
    notices: tuple[int, ...] = ()
    # A test letter: its subject begins with [PREVIEW].
    preview: bool = False


class Letter(NamedTuple):
    """A letter ready for the post. What it says is read from its bytes: keep `opened()` where you need several."""

    to: str
    # With angle brackets.
    message_id: str
    # The whole message as mail servers get it: CRLF, 8bit, no line of more than 998 bytes, dots not doubled.
    data: bytes

    def opened(self) -> ParsedLetter:
        return parse_letter(self.data)

    @property
    def subject(self) -> str:
        return self.opened().subject

    @property
    def text(self) -> str:
        return self.opened().text

    @property
    def html(self) -> str:
        return self.opened().html

    @property
    def headers(self) -> Mapping[str, str]:
        return self.opened().headers
