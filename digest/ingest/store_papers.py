"""Stores a chunk of fetched papers in one transaction, with as many queries for five hundred papers as for one."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction

from digest.domain import FetchedPaper, SummaryText
from digest.infra.language_detection import detect_language
from digest.ingest.fill_metadata import fill_metadata
from digest.ingest.note_news import note_news
from digest.models import Announcement, Paper, Signal, Summary, Version
from digest.sources.number_parsing import clamp_count
from digest.sources.summary_placeholders import without_placeholders

# A paper's row and the number of a version.
VersionKey = tuple[int, int]


class StoreCounts(NamedTuple):
    # Papers that had never been seen before.
    added: int
    # Entries whose announcement is in the table now, looked up after writing.
    announced: int


@transaction.atomic
def store_papers(fetched: Sequence[FetchedPaper], day: date) -> StoreCounts:
    """Store what is not stored yet, as announced on *day*, and return counts.

    A stored text never changes: letters that were sent must come out the same again. A new text is a new version.
    """
    if not fetched:
        return StoreCounts(0, 0)
    papers, added = _store_papers({paper.arxiv_id for paper in fetched})
    note_news(fetched, papers, day)
    versions = _store_versions(fetched, papers)
    fill_metadata(dict(zip(versions, fetched, strict=True)))
    _store_announcements(fetched, versions, day)
    _store_summaries(fetched, versions)
    _store_signals(fetched, papers)
    return StoreCounts(added, _count_announced(fetched, versions, day))


def _count_announced(fetched: Sequence[FetchedPaper], versions: Sequence[int], day: date) -> int:
    rows = Announcement.objects.filter(version__in=set(versions), day=day)
    announced = set(rows.values_list("version_id", "category"))
    return sum((version, paper.announced_in) in announced for paper, version in zip(fetched, versions, strict=True))


def _store_papers(ids: Collection[str]) -> tuple[dict[str, int], int]:
    """Return the row of every id, and how many rows were added."""
    rows = _find_paper_rows(ids)
    missing = sorted(set(ids) - set(rows))
    if missing:
        Paper.objects.bulk_create([Paper(arxiv_id=arxiv_id) for arxiv_id in missing], ignore_conflicts=True)
        rows |= _find_paper_rows(missing)
    return rows, len(missing)


def _find_paper_rows(ids: Collection[str]) -> dict[str, int]:
    return dict(Paper.objects.filter(arxiv_id__in=ids).values_list("arxiv_id", "pk"))


def _store_versions(fetched: Sequence[FetchedPaper], papers: dict[str, int]) -> list[int]:
    """Return the row of the version for each of *fetched*."""
    stored = _find_versions(papers.values())
    keys = _version_keys(fetched, papers, stored)
    # Reversed, so that of two listings the first one gives the text.
    missing = {key: paper for key, paper in reversed([*zip(keys, fetched, strict=True)]) if key not in stored}
    if missing:
        Version.objects.bulk_create([_new_version(key, paper) for key, paper in missing.items()], ignore_conflicts=True)
        stored |= _find_versions({paper for paper, _number in missing})
    return [stored[key] for key in keys]


def _find_versions(papers: Collection[int]) -> dict[VersionKey, int]:
    found = Version.objects.filter(paper__in=papers).values_list("paper_id", "number", "pk")
    return {(paper, number): pk for paper, number, pk in found}


def _version_keys(
    fetched: Sequence[FetchedPaper], papers: dict[str, int], stored: Collection[VersionKey]
) -> list[VersionKey]:
    """Return the key of the version for each of *fetched*.

    A source that does not say which version it means is taken to mean the newest known, or the first.
    """
    newest: dict[int, int] = {}
    for paper, number in stored:
        newest[paper] = max(number, newest.get(paper, 1))
    for each in fetched:
        paper = papers[each.arxiv_id]
        newest[paper] = max(each.version or 1, newest.get(paper, 1))
    return [(papers[each.arxiv_id], each.version or newest[papers[each.arxiv_id]]) for each in fetched]


def _new_version(key: VersionKey, fetched: FetchedPaper) -> Version:
    return Version(
        paper_id=key[0],
        number=key[1],
        title=fetched.title,
        abstract=fetched.abstract,
        authors=list(fetched.authors),
        categories=list(fetched.categories),
        primary_category=fetched.categories[0],
        published=fetched.published,
        updated=fetched.updated,
        comment=fetched.comment,
        doi=fetched.doi,
        journal_ref=fetched.journal_ref,
        code_url=fetched.code_url,
        withdrawn=fetched.withdrawn,
    )


def _store_announcements(fetched: Sequence[FetchedPaper], versions: Sequence[int], day: date) -> None:
    Announcement.objects.bulk_create(
        [
            Announcement(version_id=version, category=paper.announced_in, day=day, kind=paper.kind)
            for paper, version in zip(fetched, versions, strict=True)
        ],
        ignore_conflicts=True,
    )


def _store_summaries(fetched: Sequence[FetchedPaper], versions: Sequence[int]) -> None:
    Summary.objects.bulk_create(
        [
            _new_summary(version, text)
            for paper, version in zip(fetched, versions, strict=True)
            if paper.summary is not None and (text := without_placeholders(paper.summary)) is not None
        ],
        ignore_conflicts=True,
    )


def _new_summary(version: int, text: SummaryText) -> Summary:
    fields = {name: getattr(text, name) for name in ("tldr", "motivation", "method", "result", "conclusion")}
    return Summary(version_id=version, language=detect_language(" ".join(fields.values())), writer="imported", **fields)


def _store_signals(fetched: Sequence[FetchedPaper], papers: dict[str, int]) -> None:
    Signal.objects.bulk_create(
        [
            Signal(
                paper_id=papers[paper.arxiv_id],
                kind=observation.kind,
                value=clamp_count(observation.value),
                observed_at=observation.at,
            )
            for paper in fetched
            for observation in paper.observations
        ],
        ignore_conflicts=True,
    )
