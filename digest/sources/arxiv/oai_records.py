"""Pages of arXiv's OAI-PMH: records in its formats `arXivRaw` (with the history of versions) and `arXiv` (without).

The datestamp of a record says when arXiv last touched it. When the paper was submitted is in the history of versions.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element

from digest.domain import Entry, FetchedPaper
from digest.sources.arxiv import author_names
from digest.sources.arxiv.announcement_schedule import announcement_day
from digest.sources.arxiv.sections import find_submission_section
from digest.sources.files.xml import XML_ERRORS, iterate_elements, local_name
from digest.sources.validation import RawPaper, clean_text, describe_malformed, parse_moment, validate_paper

OAI_NAMESPACE = "{http://www.openarchives.org/OAI/2.0/}"
# Replacements by later versions are in no listing. https://info.arxiv.org/help/replace.html
LAST_VERSION_ANNOUNCED = 5
# arXiv began in 1991 and holds some older papers.
PLAUSIBLE_YEARS = range(1986, 2100)


@dataclass(frozen=True, slots=True)
class OaiRecord:
    """A record, as far as it could be parsed."""

    # As `oai:arXiv.org:hep-th/9901001`; empty where there is none.
    identifier: str
    # Why nothing more could be read.
    fault: str = ""
    deleted: bool = False
    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    comment: str = ""
    doi: str = ""
    journal_ref: str = ""
    # Number and time of each version, the first one first.
    submitted: tuple[tuple[int, datetime], ...] = ()
    # The newest version, to which title and abstract belong. None where the format does not say.
    version: int | None = None
    # Whether the source of the newest version is withdrawn, whatever the comment says.
    withdrawn: bool = False


@dataclass(slots=True)
class OaiPage:
    records: list[OaiRecord] = field(default_factory=list)
    # The resumption token that asks for the next page; empty on the last one.
    token: str = ""
    # A code of the protocol: `noRecordsMatch`, `badResumptionToken`…
    error: str = ""
    # The error in the server's words.
    complaint: str = ""
    # Why the body is not a whole answer of the protocol. Nothing of it may be used then.
    breakage: str = ""


def parse_page(body: bytes) -> OaiPage:
    """Parse a body without ever raising."""
    page = OaiPage()
    try:
        for element in iterate_elements(body, {f"{OAI_NAMESPACE}OAI-PMH": 2}):
            if element.tag == f"{OAI_NAMESPACE}record":
                page.records.append(_parse_record(element))
            elif element.tag == f"{OAI_NAMESPACE}resumptionToken":
                page.token = (element.text or "").strip()
            elif element.tag == f"{OAI_NAMESPACE}error":
                page.error = element.get("code") or "unknown"
                page.complaint = clean_text(element.text or "")[:300] or page.error
    except XML_ERRORS as problem:
        page.breakage = clean_text(f"not a whole answer: {problem}")
    return page


def _parse_record(element: Element) -> OaiRecord:
    header = element.find(f"{OAI_NAMESPACE}header")
    identifier = _text(header, "identifier") if header is not None else ""
    if header is not None and header.get("status") == "deleted":
        return OaiRecord(identifier, deleted=True)
    metadata = next((child for part in element if local_name(part.tag) == "metadata" for child in part), None)
    form = "none" if metadata is None else local_name(metadata.tag)
    if metadata is None or form not in ("arXivRaw", "arXiv"):
        return OaiRecord(identifier, f"its metadata are in no format of arXiv's ({form[:40]})")
    record = OaiRecord(
        _text(metadata, "id") or identifier,
        title=_text(metadata, "title"),
        abstract=_text(metadata, "abstract"),
        categories=tuple(_text(metadata, "categories").split()),
        comment=_text(metadata, "comments"),
        doi=_text(metadata, "doi"),
        journal_ref=_text(metadata, "journal-ref"),
    )
    record = (_add_raw_history if form == "arXivRaw" else _add_created_and_updated)(record, metadata)
    return record if record.submitted else replace(record, fault="no time of submission")


def _add_raw_history(record: OaiRecord, metadata: Element) -> OaiRecord:
    """Add the authors and versions of a record in arXivRaw."""
    by_number = {_version_number(each.get("version")): each for each in metadata if local_name(each.tag) == "version"}
    versions = [(number, by_number[number]) for number in sorted(by_number) if number]
    if not versions:
        return record
    newest_number, newest = versions[-1]
    # arXiv marks a withdrawn source to be ignored, or leaves it empty.
    is_withdrawn = "I" in _text(newest, "source_type") or _text(newest, "size").lower().startswith("0kb")
    return replace(
        record,
        authors=tuple(author_names.parse_author_line(_text(metadata, "authors"))),
        submitted=_with_times((number, _parse_letter_date(_text(version, "date"))) for number, version in versions),
        version=newest_number,
        withdrawn=is_withdrawn,
    )


def _add_created_and_updated(record: OaiRecord, metadata: Element) -> OaiRecord:
    """Add the authors and days of a record in arXiv's other format. A day's noon stands for its time.

    How many versions a replaced paper has is not known.
    """
    created, updated = (_parse_noon(_text(metadata, name)) for name in ("created", "updated"))
    return replace(
        record,
        authors=tuple(_structured_names(metadata)),
        submitted=_with_times([(1, created), (2, updated)]),
        version=None if updated else 1,
    )


def _with_times(versions: Iterable[tuple[int, datetime | None]]) -> tuple[tuple[int, datetime], ...]:
    return tuple((number, at) for number, at in versions if at)


def _structured_names(metadata: Element) -> Iterator[str]:
    for author in metadata.iter():
        if local_name(author.tag) == "author":
            parts = [
                " ".join(child.text or "" for child in author if local_name(child.tag) == part)
                for part in ("forenames", "keyname", "suffix")
            ]
            name = " ".join(" ".join(parts).split())
            if name.strip(":,;"):
                yield name


def _text(element: Element, name: str) -> str:
    """Return the text of a child in whatever namespace: copies of records lose theirs."""
    return next((child.text or "" for child in element if local_name(child.tag) == name), "").strip()


def _version_number(version: str | None) -> int:
    """Return the number of `v3`; 0 for what is no version."""
    digits = (version or "").removeprefix("v")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 5 else 0


def _parse_letter_date(text: str) -> datetime | None:
    """Parse a time as e-mails write it: `Mon, 2 Apr 2007 19:18:42 GMT`."""
    try:
        parsed = parsedate_to_datetime(text)
        at = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.year in PLAUSIBLE_YEARS else None


def _parse_noon(text: str) -> datetime | None:
    at = parse_moment(f"{text[:10]}T12:00:00Z")
    return at if at and at.year in PLAUSIBLE_YEARS else None


def iterate_announcements(
    record: OaiRecord, where: str, first: date, last: date, asked: Collection[str]
) -> Iterator[Entry]:
    """Yield an entry for each listing from *first* to *last* that held the paper, all with the newest text.

    *asked* are the categories of the set that was asked for; none for all of arXiv.
    """
    if record.deleted:
        return
    if record.fault:
        yield describe_malformed(where, record.fault, record.identifier)
        return
    for number, submitted in record.submitted:
        day = announcement_day(submitted)
        if number <= LAST_VERSION_ANNOUNCED and first <= day <= last:
            yield _announcement(record, where, day, "new" if number == 1 else "replace", asked)


def _announcement(record: OaiRecord, where: str, day: date, kind: str, asked: Collection[str]) -> Entry:
    section, kind = find_submission_section(record.categories, kind, asked)
    entry = validate_paper(
        RawPaper(
            where=where,
            day=day,
            arxiv_id=record.identifier,
            version=record.version,
            title=record.title,
            abstract=record.abstract,
            authors=record.authors,
            categories=record.categories,
            section=section,
            kind=kind,
            published=record.submitted[0][1].isoformat(),
            updated=record.submitted[-1][1].isoformat(),
            comment=record.comment,
            doi=record.doi,
            journal_ref=record.journal_ref,
        )
    )
    return replace(entry, withdrawn=True) if record.withdrawn and isinstance(entry, FetchedPaper) else entry
