"""The values that pass between the stages: frozen and without Django, so that sources and ranking stay pure.

Values that are created many times for each reader are named tuples: these are faster to create than frozen dataclasses.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from digest.parsed_letter import ParsedLetter, parse_letter

# How a listing announces a paper. It announces withdrawn ones as replacements; an edition marks them.
AnnouncementKind = Literal["new", "cross", "replace", "replace-cross", "withdrawn"]

# Only these are chosen for readers. An edition ranks the others after them, and readers who were sent one get a notice.
ANNOUNCED_AS_NEW: tuple[AnnouncementKind, ...] = ("new", "cross")

# For values that have a field named `date`.
Day = date

# Long work calls it with (done, total); total is None while it is unknown.
ProgressCallback = Callable[[int, int | None], None]


def no_progress(done: int, total: int | None = None) -> None:
    """Show nothing, where a ProgressCallback is asked for."""


class Outlook(StrEnum):
    """What a day still needs: nothing, time, or somebody who acts."""

    FINE = "fine"
    WAIT = "wait"
    ACT = "act"


def find_worst_outlook(outlooks: Iterable[Outlook]) -> Outlook:
    """Return the worst of *outlooks*: a day on which somebody must act needs more than one that needs time."""
    return max(outlooks, key=list(Outlook).index, default=Outlook.FINE)


@dataclass(frozen=True, slots=True)
class SummaryText:
    """The five fields of a summary; an empty one is not shown."""

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
    # Its position in the source, for error messages: `line 57`, `entry 3`.
    where: str
    # The category whose listing this is; empty means the primary one.
    section: str = ""
    kind: AnnouncementKind = "new"
    # None where the source does not say: then it is the newest stored version, or the first.
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
        """Return the category whose listing announced the paper."""
        return self.section or self.categories[0]


@dataclass(frozen=True, slots=True)
class Malformed:
    """An entry that is no valid paper. It is reported and never stops a run."""

    where: str
    reason: str
    excerpt: str = ""


Entry = FetchedPaper | Malformed


class Source(Protocol):
    """A source of papers. `entries` yields what was announced on a day, and may raise SourceUnavailable."""

    @property
    def name(self) -> str: ...

    def entries(self, day: date) -> Iterator[Entry]: ...


@runtime_checkable
class HasNote(Protocol):
    """A source with a note for readers, shown at the top of letters and pages, and others for some languages."""

    @property
    def note(self) -> str: ...
    @property
    def notes(self) -> Mapping[str, str]: ...


class SourceUnavailable(Exception):
    """The source could not be read at all. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """A paper in an edition, as ranking, letters and pages read it."""

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
    # The day that announced it.
    day: date
    published: datetime | None = None
    comment: str = ""
    doi: str = ""
    journal_ref: str = ""
    code_url: str = ""
    # The latest value of each kind of signal.
    signals: Mapping[str, int] = field(default_factory=dict)
    # Whole hours from the paper's first announcement to the last observation.
    signal_hours: int = 0
    # What `score` would be if nobody's name counted, so that the effect of names can be told.
    score_without_names: float = 0.0


@dataclass(frozen=True, slots=True)
class SummaryRecord:
    """A stored summary of a paper, in one language."""

    id: int
    language: str
    # A model's name, `extractive` or `imported`.
    writer: str
    text: SummaryText


ReasonKind = Literal[
    "keyword", "keyword_in_title", "related", "author", "perhaps_author", "category", "like", "trending", "explore"
]


class Reason(NamedTuple):
    """Why a paper was chosen. `text` is a filter, an author, a category, the evidence, or a liked paper's title.

    Of a `perhaps_author` it is the paper's author and, after a semicolon, the name that the reader looks for. A paper
    is `related` to a filter if it is like earlier papers that the filter matches.
    """

    kind: ReasonKind
    text: str
    # How much of the paper's score it brought, in percent; 0 where that is not known.
    share: int = 0
    # How many liked papers the paper is like.
    liked: int = 0


class Pick(NamedTuple):
    """A paper chosen for a reader; `rank` names the paper within its edition."""

    rank: int
    score: float
    reasons: tuple[Reason, ...]


class Choice(NamedTuple):
    """The papers chosen for one reader, or why there are none.

    In the latter case `excluded` is `no_match`, `seen_before` (the reader had all that match), or `below_minimum`.
    """

    picks: tuple[Pick, ...]
    # How many papers matched, also beyond those that the reader gets.
    matched: int
    excluded: str = ""
    # Ranks of papers of this edition that the reader was sent in a version replaced or withdrawn since.
    notices: tuple[int, ...] = ()
    # The first day that the letter covers, if there are several.
    covers_from: date | None = None
    # The numbers of news of papers that the reader kept or was sent.
    news: tuple[int, ...] = ()

    def renumber(self, new_rank: Callable[[int], int]) -> "Choice":
        """Return the choice with what *new_rank* makes of each rank, in picks and notices."""
        return self._replace(
            picks=tuple(pick._replace(rank=new_rank(pick.rank)) for pick in self.picks),
            notices=tuple(map(new_rank, self.notices)),
        )


NewsKind = Literal["published", "code"]


class PaperNewsRecord(NamedTuple):
    """What became known of a paper that was announced earlier."""

    kind: NewsKind
    arxiv_id: str
    title: str
    # Where it was published, as its authors wrote it; may be empty.
    reference: str
    # Of the publication or the code; may be empty.
    address: str


@dataclass(frozen=True, slots=True)
class EditionContents:
    """A frozen edition with everything that pages and letters show of it."""

    id: int
    day: date
    # The operator's note, Markdown.
    note: str
    # By rank: `papers[n].rank == n`.
    papers: tuple[PaperRecord, ...]
    # By (rank, language of the reader). A summary itself may be in another language: see its `language`.
    summaries: Mapping[tuple[int, str], SummaryRecord]
    # By number, what letters tell of earlier papers. Pages show none.
    news: Mapping[int, PaperNewsRecord] = field(default_factory=dict)
    # The note in other words for readers of a language.
    notes: Mapping[str, str] = field(default_factory=dict)

    def note_in(self, language: str) -> str:
        """Return the note for readers of a language: the one for everybody where it has none of its own."""
        return self.notes.get(language) or self.note


class ToldRelation(NamedTuple):
    """One sentence that relates a paper of a letter to a paper that the reader kept."""

    rank: int
    text: str
    # The model's name.
    writer: str


class LetterOrder(NamedTuple):
    """The frozen choices of a delivery: with the edition, enough to render the same bytes again."""

    delivery_id: int
    # With angle brackets.
    message_id: str
    date: datetime
    picks: tuple[Pick, ...]
    matched: int
    language: str
    detail: str
    # Ranks of replaced and withdrawn papers of which the letter gives notice.
    notices: tuple[int, ...] = ()
    # Whether it is a test letter, whose subject begins with [PREVIEW].
    preview: bool = False
    relations: tuple[ToldRelation, ...] = ()
    # The first day that the letter covers, if there are several.
    covers_from: Day | None = None
    # One of `digest.letters.kinds.LETTER_KINDS`.
    kind: str = "digest"
    # The numbers of the news that it tells.
    news: tuple[int, ...] = ()


class Letter(NamedTuple):
    """A rendered letter. Its parts are parsed from its bytes each time: where you need several, call `parse()` once."""

    to: str
    # With angle brackets.
    message_id: str
    # The whole message as mail servers get it: CRLF, 8bit, no line of more than 998 bytes, dots not doubled.
    data: bytes

    def parse(self) -> ParsedLetter:
        """Return the subject, the texts and the headers."""
        return parse_letter(self.data)

    @property
    def subject(self) -> str:
        return self.parse().subject

    @property
    def text(self) -> str:
        return self.parse().text

    @property
    def html(self) -> str:
        return self.parse().html

    @property
    def headers(self) -> Mapping[str, str]:
        return self.parse().headers
