"""The check that everything a source reads must pass: it becomes a sound FetchedPaper here, or a Malformed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from digest.domain import AnnouncementKind, Entry, FetchedPaper, Malformed, Observation, SummaryText
from digest.sources.arxiv import ids
from digest.sources.arxiv.author_names import remove_on_behalf
from digest.sources.code_links import find_code_link
from digest.sources.summary_placeholders import is_placeholder
from digest.sources.withdrawals import is_withdrawn
from subscriptions.taxonomy import categories

MAX_TITLE_LENGTH = 1_000
MAX_ABSTRACT_LENGTH = 20_000
MAX_AUTHORS = 5_000
MAX_NAME_LENGTH = 300
MAX_CATEGORIES = 50
MAX_SUMMARY_FIELD_LENGTH = 5_000
MAX_COMMENT_LENGTH = 2_000
MAX_EXCERPT_LENGTH = 160
MAX_DOI_LENGTH = 200
MAX_ADDRESS_LENGTH = 500
MAX_CATEGORY_LENGTH = 32
MAX_VERSION = 9999

ANNOUNCEMENT_KINDS: dict[str, AnnouncementKind] = {
    "new": "new",
    "cross": "cross",
    "replace": "replace",
    "replace-cross": "replace-cross",
}

# Control characters, marks that turn or hide text, tags, and halves of surrogate pairs, which no database takes.
_UNWANTED_CHARACTERS = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_CATEGORY = re.compile(r"[a-z]{2,}(?:-[a-z]+)*(?:\.[A-Za-z]{2,}(?:-[A-Za-z]+)*)?")
_WEB_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][\w.~:/?#@!$&()*+,;=%-]*)?", re.ASCII
)


class InvalidEntry(ValueError):
    """An entry cannot be a paper; the text says why, as one short clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPaper:
    """A paper as a parser read it, with values of whatever type. Only `where` and `day` are the parser's own."""

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
    # Counts only where the id itself carries none.
    version: object = None
    summary: SummaryText | None = None
    observations: tuple[Observation, ...] = ()
    # False where the comment may be younger than the listing, so that it says nothing about that day.
    may_be_withdrawn: bool = True


def validate_paper(raw: RawPaper) -> Entry:
    """Return the paper, cleaned and checked, or why it cannot be one. Raises nothing, whatever the source sent."""
    try:
        identifier = _require_id(raw.arxiv_id)
        abstract = _require_text(raw.abstract, "abstract", MAX_ABSTRACT_LENGTH)
        comment = _clean_optional(raw.comment, MAX_COMMENT_LENGTH)
        return FetchedPaper(
            arxiv_id=identifier.id,
            version=identifier.version if identifier.version is not None else _parse_version(raw.version),
            categories=_require_categories(raw.categories),
            title=_require_text(raw.title, "title", MAX_TITLE_LENGTH),
            abstract=abstract,
            authors=_require_authors(raw.authors),
            section=_parse_section(raw.section),
            kind=_parse_kind(raw.kind),
            day=raw.day,
            where=clean_text(raw.where),
            published=parse_moment(raw.published),
            updated=parse_moment(raw.updated),
            comment=comment,
            doi=_clean_optional(raw.doi, MAX_DOI_LENGTH),
            journal_ref=_clean_optional(raw.journal_ref, MAX_COMMENT_LENGTH),
            code_url=parse_web_address(raw.code_url) or parse_web_address(find_code_link(abstract, comment)),
            withdrawn=raw.may_be_withdrawn and is_withdrawn(comment, abstract),
            summary=raw.summary,
            observations=raw.observations,
        )
    except InvalidEntry as reason:
        excerpt = f"{_clean_optional(raw.arxiv_id, 60)} {_clean_optional(raw.title, 100)}"
        return describe_malformed(raw.where, str(reason), excerpt)


def describe_malformed(where: str, reason: str, excerpt: str = "") -> Malformed:
    # Cut before cleaning too, so that a long text costs little.
    short = clean_text(excerpt[: 4 * MAX_EXCERPT_LENGTH])[:MAX_EXCERPT_LENGTH]
    return Malformed(clean_text(where), clean_text(reason), short)


def clean_text(text: str) -> str:
    """Return one line without control characters, in which every run of white space is one space."""
    return " ".join(_UNWANTED_CHARACTERS.sub("", text).split())


def _require_id(value: object) -> ids.ArxivId:
    identifier = ids.parse_id(value) if isinstance(value, str) else None
    if identifier is None:
        raise InvalidEntry("no valid arXiv id")
    return identifier


def _parse_version(value: object) -> int | None:
    # A bool is an int to Python, but it is no version.
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_VERSION else None


def _require_text(value: object, name: str, max_length: int) -> str:
    if not isinstance(value, str):
        raise InvalidEntry(f"no {name}")
    # White space may take room, but a much longer text is not even cleaned.
    text = clean_text(value) if len(value) <= 4 * max_length else value
    if not text:
        raise InvalidEntry(f"no {name}")
    if len(text) > max_length:
        raise InvalidEntry(f"the {name} is longer than {max_length} characters")
    return text


def _clean_optional(value: object, max_length: int) -> str:
    """Return at most *max_length* characters; empty for what is no text."""
    return clean_text(value[: 2 * max_length])[:max_length] if isinstance(value, str) else ""


def _require_authors(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidEntry("the authors are not a list")
    if len(value) > MAX_AUTHORS:
        raise InvalidEntry(f"more than {MAX_AUTHORS} authors")
    names = tuple(_clean_optional(name, MAX_NAME_LENGTH + 1) for name in value)
    if any(len(name) > MAX_NAME_LENGTH for name in names):
        raise InvalidEntry(f"an author's name is longer than {MAX_NAME_LENGTH} characters")
    return tuple(written for name in names if (written := remove_on_behalf(name)))


def _require_categories(value: object) -> tuple[str, ...]:
    """Return the codes as the taxonomy writes them, without what is no category, such as classes of other schemes."""
    if not isinstance(value, list | tuple):
        raise InvalidEntry("the categories are not a list")
    codes = (parse_category(code) for code in value[:MAX_CATEGORIES])
    known = tuple(dict.fromkeys(code for code in codes if code))
    if not known:
        raise InvalidEntry("no category")
    return known


def parse_category(value: object) -> str:
    """Return the code as the taxonomy writes it, or unchanged if it is well-formed but unknown; otherwise empty."""
    code = _clean_optional(value, 64)
    known = categories.canonical(code) if code else None
    if known:
        return known
    return code if len(code) <= MAX_CATEGORY_LENGTH and _CATEGORY.fullmatch(code) else ""


def _parse_section(value: object) -> str:
    if not value:
        return ""
    section = parse_category(value)
    if not section:
        raise InvalidEntry("the section is not a category")
    return section


def _parse_kind(value: object) -> AnnouncementKind:
    if value is None:
        return "new"
    kind = ANNOUNCEMENT_KINDS.get(value) if isinstance(value, str) else None
    if kind is None:
        raise InvalidEntry("unknown kind of announcement")
    return kind


def parse_moment(value: object) -> datetime | None:
    """Return an ISO 8601 time in UTC; one without an offset is taken for UTC. None when it makes no sense."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_web_address(value: object) -> str:
    """Return an http(s) address that can safely stand in a link; empty for everything else."""
    address = value.strip() if isinstance(value, str) else ""
    return address if len(address) <= MAX_ADDRESS_LENGTH and _WEB_ADDRESS.fullmatch(address) else ""


def parse_summary(fields: Iterable[tuple[str, object]]) -> SummaryText | None:
    """Return a summary without its placeholders and overlong fields; None when its TL;DR says nothing."""
    texts: dict[str, str] = {}
    for name, value in fields:
        if name in SummaryText.__dataclass_fields__:
            text = _clean_optional(value, MAX_SUMMARY_FIELD_LENGTH + 1)
            texts[name] = "" if len(text) > MAX_SUMMARY_FIELD_LENGTH or is_placeholder(text) else text
    return SummaryText(**texts) if texts.get("tldr") else None
