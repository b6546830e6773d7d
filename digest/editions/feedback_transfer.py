"""Takes readers' feedback and saved papers along when they move to another installation, with the papers' texts.

The other installation may never have seen the papers. What marked papers say decides which ones a reader gets, so the
newest marks come with their texts, as many as a row of a file can hold.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from digest.domain import FetchedPaper
from digest.editions.reader_feedback import FEEDBACK_KINDS, LESS_CAUSES
from digest.models import Feedback, Paper, Version
from digest.sources.arxiv import ids
from digest.sources.validation import RawPaper, parse_moment, validate_paper
from subscriptions.preference_defaults import MAX_PAPERS

# Of each reader, the newest first. Together they stay below what an import reads of a line.
MAX_ENTRIES_PER_READER = 1000
MAX_TEXT_CHARACTERS_PER_READER = 80_000
TEXT_FIELDS = ("number", "title", "abstract", "authors", "categories", "published")


def collect_feedback(*, subscriber_ids: Collection[int], **_signal: object) -> dict[int, list[object]]:
    """Return by subscriber what they said of papers, newest first. Receives `feedback_requested`."""
    rows = Feedback.objects.filter(subscriber__in=subscriber_ids).order_by("subscriber", "-created_at", "-pk")
    found: dict[int, list[Feedback]] = {}
    for row in rows.select_related("paper"):
        said = found.setdefault(row.subscriber_id, [])
        if len(said) < MAX_ENTRIES_PER_READER:
            said.append(row)
    texts = _load_texts({row.paper_id for said in found.values() for row in said})
    return {subscriber: list(_describe(said, texts)) for subscriber, said in found.items()}


def store_feedback(*, feedback: Mapping[int, object], **_signal: object) -> None:
    """Store what `collect_feedback` returned elsewhere. Receives `feedback_imported`.

    It comes from a file: what cannot be feedback is left out. Feedback that is here already stays as it is.
    """
    entries = [(subscriber, entry) for subscriber, said in feedback.items() for entry in _read_entries(said)]
    with transaction.atomic():
        papers = _store_papers([entry for _subscriber, entry in entries])
        entries_by_key = {
            (subscriber, papers[entry["paper"]], entry["kind"]): entry for subscriber, entry in reversed(entries)
        }
        here = Feedback.objects.filter(subscriber__in=list(feedback))
        known = set(here.values_list("subscriber_id", "paper_id", "kind"))
        Feedback.objects.bulk_create(
            [
                Feedback(
                    subscriber_id=subscriber, paper_id=paper, kind=kind, place=entry["place"], cause=entry["cause"]
                )
                for (subscriber, paper, kind), entry in entries_by_key.items()
                if (subscriber, paper, kind) not in known
            ],
            ignore_conflicts=True,
        )
        # A new row has the moment of its creation, whatever it is given.
        rows = [row for row in here.all() if (row.subscriber_id, row.paper_id, row.kind) not in known]
        for row in rows:
            entry = entries_by_key.get((row.subscriber_id, row.paper_id, row.kind))
            row.created_at = entry["at"] if entry else row.created_at
        Feedback.objects.bulk_update(rows, ["created_at"], batch_size=500)


def _describe(said: Iterable[Feedback], texts: Mapping[int, dict[str, object]]) -> Iterator[dict[str, object]]:
    room = MAX_TEXT_CHARACTERS_PER_READER
    for row in said:
        entry: dict[str, object] = {"paper": row.paper.arxiv_id, "kind": row.kind, "at": row.created_at.isoformat()}
        if row.place:
            entry["place"] = row.place
        if row.cause:
            entry["cause"] = row.cause
        text = texts.get(row.paper_id, {})
        # In CSV every quotation mark is doubled.
        length = len(written := json.dumps(text, ensure_ascii=False)) + written.count('"')
        if text and length <= room:
            room -= length
            entry |= text
        yield entry


def _load_texts(papers: Collection[int]) -> dict[int, dict[str, object]]:
    """Return the newest version by paper."""
    texts: dict[int, dict[str, object]] = {}
    for row in Version.objects.filter(paper__in=papers).order_by("paper", "number").values("paper_id", *TEXT_FIELDS):
        published = row["published"].isoformat() if row["published"] else ""
        texts[row["paper_id"]] = {**{name: row[name] for name in TEXT_FIELDS}, "published": published}
    return texts


def _read_entries(said: object) -> Iterator[dict[str, Any]]:
    """Yield the sound entries among what a file holds, with arXiv ids as we write them and moments."""
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except (ValueError, RecursionError):
            return
    now = timezone.now()
    for entry in said[:MAX_ENTRIES_PER_READER] if isinstance(said, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("paper"), str) and entry.get("kind") in FEEDBACK_KINDS:
            identifier = ids.parse_id(entry["paper"])
            if identifier is not None:
                moment, place = min(parse_moment(entry.get("at")) or now, now), entry.get("place")
                place = place if isinstance(place, int) and 1 <= place <= MAX_PAPERS else None
                cause = entry.get("cause") if entry["kind"] == "less" and entry.get("cause") in LESS_CAUSES else ""
                yield {**entry, "paper": identifier.id, "at": moment, "place": place, "cause": cause}


def _store_papers(entries: Collection[Mapping[str, Any]]) -> dict[str, int]:
    """Return the row of every paper by its arXiv id. Those that are not here are stored, with their texts if given."""
    wanted = {entry["paper"] for entry in entries}
    Paper.objects.bulk_create([Paper(arxiv_id=each) for each in sorted(wanted)], ignore_conflicts=True)
    papers = dict(Paper.objects.filter(arxiv_id__in=wanted).values_list("arxiv_id", "pk"))
    known = set(Version.objects.filter(paper__in=papers.values()).values_list("paper_id", flat=True))
    read = (_read_paper(entry) for entry in entries if papers[entry["paper"]] not in known)
    versions = {paper.arxiv_id: _make_version(papers[paper.arxiv_id], paper) for paper in read if paper is not None}
    Version.objects.bulk_create(versions.values(), ignore_conflicts=True)
    return papers


def _read_paper(entry: Mapping[str, Any]) -> FetchedPaper | None:
    raw = RawPaper(
        where="feedback",
        day=timezone.now().date(),
        arxiv_id=entry["paper"],
        version=entry.get("number"),
        title=entry.get("title"),
        abstract=entry.get("abstract"),
        authors=entry.get("authors"),
        categories=entry.get("categories"),
        published=entry.get("published"),
    )
    paper = validate_paper(raw)
    return paper if isinstance(paper, FetchedPaper) else None


def _make_version(paper_id: int, paper: FetchedPaper) -> Version:
    return Version(
        paper_id=paper_id,
        number=paper.version or 1,
        title=paper.title,
        abstract=paper.abstract,
        authors=list(paper.authors),
        categories=list(paper.categories),
        primary_category=paper.categories[0],
        published=paper.published,
    )
