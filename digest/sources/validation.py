"""The one gate into the house: whatever a source reads becomes a sound FetchedPaper here, or a Malformed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from digest.domain import AnnouncementKind, Entry, FetchedPaper, Malformed, Observation, SummaryText
from digest.sources.arxiv import ids
from digest.sources.summary_placeholders import is_placeholder
from subscriptions.taxonomy import categories

MAX_TITLE_LENGTH = 1_000
MAX_ABSTRACT_LENGTH = 20_000
MAX_AUTHORS = 5_000
MAX_NAME_LENGTH = 300
MAX_CATEGORIES = 50
MAX_SUMMARY_FIELD_LENGTH = 5_000
MAX_COMMENT_LENGTH = 2_000
MAX_EXCERPT_LENGTH = 160

ANNOUNCEMENT_KINDS: dict[str, AnnouncementKind] = {
    "new": "new",
    "cross": "cross",
    "replace": "replace",
    "replace-cross": "replace-cross",
}

# Control characters, marks that turn or hide text, tags, and halves of surrogate pairs, which no database takes.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_CATEGORY = re.compile(r"[a-z]{2,}(?:-[a-z]+)*(?:\.[A-Za-z]{2,}(?:-[A-Za-z]+)*)?")
_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][\w.~:/?#@!$&()*+,;=%-]*)?", re.ASCII
)
_WITHDRAWN = re.compile(
    r"(?:this|the|our)\s+(?:\w+\s+){0,2}(?:paper|article|submission|manuscript|preprint|work|version)\s+"
    r"(?:has\s+been|is|was|is\s+being)\s+(?:temporarily\s+)?(?:withdrawn|retracted)"
    r"|^\W*(?:paper\s+|article\s+)?(?:withdrawn|retracted)\b"
    r"|\bwe\s+(?:\w+\s+){0,4}(?:withdraw|withdrawing|retract|retracting)\s+(?:this|the|our)\s+"
    r"(?:paper|article|submission|manuscript|preprint|work)\b"
    r"|arXiv\s+admin\s+note:.{0,80}\bwithdrawn",
    re.IGNORECASE | re.DOTALL,
)


class InvalidEntry(ValueError):
    """Why an entry cannot be a paper, as one short clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPaper:
    """The findings of a parser, of whatever type. Only `where` and `day` are the parser's own."""

    where: str
    day: date
    arxiv_id: object
    title: object
    abstract: object
    authors: object = ()
    categories: object = ()
    section: object = ""
    kind: object = "new"
    published: object = None
    updated: object = None
    comment: object = ""
    doi: object = ""
    journal_ref: object = ""
    code_url: object = ""
    # Only where the id itself carries none.
    version: object = None
    summary: SummaryText | None = None
    observations: tuple[Observation, ...] = ()
    # False where the comment may be younger than the listing.
    may_be_withdrawn: bool = True


def validate_paper(raw: RawPaper) -> Entry:
    try:
        return _paper(raw)
    except InvalidEntry as unfit:
        return describe_malformed(raw.where, str(unfit), f"{_optional(raw.arxiv_id, 60)} {_optional(raw.title, 100)}")


def describe_malformed(where: str, reason: str, excerpt: str = "") -> Malformed:
    return Malformed(
        clean_text(where), clean_text(reason), clean_text(excerpt[: 4 * MAX_EXCERPT_LENGTH])[:MAX_EXCERPT_LENGTH]
    )


def clean_text(text: str) -> str:
    """Return one line without control characters; every run of white space is one space."""
    return " ".join(_UNWANTED.sub("", text).split())


def _paper(raw: RawPaper) -> FetchedPaper:
    found = _identifier(raw.arxiv_id)
    abstract = _text(raw.abstract, "abstract", MAX_ABSTRACT_LENGTH)
    comment = _optional(raw.comment, MAX_COMMENT_LENGTH)
    categories = _categories(raw.categories)
    return FetchedPaper(
        arxiv_id=found.id,
        version=found.version if found.version is not None else _version(raw.version),
        title=_text(raw.title, "title", MAX_TITLE_LENGTH),
        abstract=abstract,
        authors=_authors(raw.authors),
        categories=categories,
        section=_section(raw.section),
        kind=_kind(raw.kind),
        day=raw.day,
        where=clean_text(raw.where),
        published=parse_moment(raw.published),
        updated=parse_moment(raw.updated),
        comment=comment,
        doi=_optional(raw.doi, 200),
        journal_ref=_optional(raw.journal_ref, MAX_COMMENT_LENGTH),
        code_url=parse_web_address(raw.code_url),
        withdrawn=raw.may_be_withdrawn and is_withdrawn(comment, abstract),
        summary=raw.summary,
        observations=raw.observations,
    )


def _identifier(value: object) -> ids.ArxivId:
    found = ids.parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidEntry("no valid arXiv id")
    return found


def _version(value: object) -> int | None:
    """A bool is an int to Python, but no version."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 9999 else None


def _text(value: object, name: str, longest: int) -> str:
    if not isinstance(value, str):
        raise InvalidEntry(f"no {name}")
    if len(value) > 4 * longest:
        raise InvalidEntry(f"the {name} is longer than {longest} characters")
    text = clean_text(value)
    if not text:
        raise InvalidEntry(f"no {name}")
    if len(text) > longest:
        raise InvalidEntry(f"the {name} is longer than {longest} characters")
    return text


def _optional(value: object, longest: int) -> str:
    return clean_text(value[: 2 * longest])[:longest] if isinstance(value, str) else ""


def _authors(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidEntry("the authors are not a list")
    if len(value) > MAX_AUTHORS:
        raise InvalidEntry(f"more than {MAX_AUTHORS} authors")
    names = tuple(_optional(name, MAX_NAME_LENGTH + 1) for name in value)
    if any(len(name) > MAX_NAME_LENGTH for name in names):
        raise InvalidEntry(f"an author's name is longer than {MAX_NAME_LENGTH} characters")
    return tuple(name for name in names if name)


def _categories(value: object) -> tuple[str, ...]:
    """Their names as the taxonomy has them, without what is no category (subject classes of other schemes)."""
    if not isinstance(value, list | tuple):
        raise InvalidEntry("the categories are not a list")
    known = (parse_category(code) for code in value[:MAX_CATEGORIES])
    found = tuple(dict.fromkeys(code for code in known if code))
    if not found:
        raise InvalidEntry("no category")
    return found


def parse_category(value: object) -> str:
    """The code as the taxonomy writes it; a well-formed code that it does not know as it is; otherwise empty."""
    code = _optional(value, 64)
    known = categories.canonical(code) if code else None
    if known:
        return known
    return code if len(code) <= 32 and _CATEGORY.fullmatch(code) else ""


def _section(value: object) -> str:
    if not value:
        return ""
    section = parse_category(value)
    if not section:
        raise InvalidEntry("the section is not a category")
    return section


def _kind(value: object) -> AnnouncementKind:
    if value is None:
        return "new"
    kind = ANNOUNCEMENT_KINDS.get(value) if isinstance(value, str) else None
    if kind is None:
        raise InvalidEntry("unknown kind of announcement")
    return kind


def is_withdrawn(comment: str, abstract: str) -> bool:
    """Says so in its comment, or at the beginning of its abstract."""
    return bool(_WITHDRAWN.search(comment) or _WITHDRAWN.search(abstract[:120]))


def parse_moment(value: object) -> datetime | None:
    """An ISO 8601 time as UTC; without an offset it is taken for UTC. None when it is missing or makes no sense."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_web_address(value: object) -> str:
    """An http(s) address of sane length and nothing else, so that it can stand in a link."""
    address = value.strip() if isinstance(value, str) else ""
    return address if len(address) <= 500 and _ADDRESS.fullmatch(address) else ""


def parse_summary(fields: Iterable[tuple[str, object]]) -> SummaryText | None:
    """A summary without its placeholders; None when its tldr says nothing."""
    found = {name: _summary_field(value) for name, value in fields if name in SummaryText.__dataclass_fields__}
    return SummaryText(**found) if found.get("tldr") else None


def _summary_field(value: object) -> str:
    text = _optional(value, MAX_SUMMARY_FIELD_LENGTH + 1)
    return "" if len(text) > MAX_SUMMARY_FIELD_LENGTH or is_placeholder(text) else text
