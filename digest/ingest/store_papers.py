"""Stores a chunk of fetched papers in one transaction, with as many queries for five hundred papers as for one."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction

from digest.domain import FetchedPaper, SummaryText
from digest.ingest.fill_metadata import complete
from digest.ingest.language_detection import detect
from digest.models import Announcement, Paper, Signal, Summary, Version
from digest.sources.number_parsing import HIGHEST
from digest.sources.summary_placeholders import storable

# A paper's row and the number of a version.
Key = tuple[int, int]


class Stored(NamedTuple):
    # Papers that had never been seen before.
    added: int
    # Entries whose announcement is in the table now, looked up after writing.
    kept: int


@transaction.atomic
def store(fetched: Sequence[FetchedPaper], day: date) -> Stored:
    """Stores what is not stored yet.

    A stored text never changes: letters that were sent must come out the same again. A new text is a new version.
    """
    if not fetched:
        return Stored(0, 0)
    papers, added = _papers({paper.arxiv_id for paper in fetched})
    versions = _versions(fetched, papers)
    complete(dict(zip(versions, fetched, strict=True)))
    _announce(fetched, versions, day)
    _keep_summaries(fetched, versions)
    _keep_signals(fetched, papers)
    return Stored(added, _kept(fetched, versions, day))


def _kept(fetched: Sequence[FetchedPaper], versions: Sequence[int], day: date) -> int:
    rows = Announcement.objects.filter(version__in=set(versions), day=day)
    there = set(rows.values_list("version_id", "category"))
    return sum((version, paper.announced_in) in there for paper, version in zip(fetched, versions, strict=True))


def _papers(ids: Collection[str]) -> tuple[dict[str, int], int]:
    """The row of every id, and how many of them were added for it."""
    rows = _rows(ids)
    missing = sorted(set(ids) - set(rows))
    if missing:
        Paper.objects.bulk_create([Paper(arxiv_id=arxiv_id) for arxiv_id in missing], ignore_conflicts=True)
        rows |= _rows(missing)
    return rows, len(missing)


def _rows(ids: Collection[str]) -> dict[str, int]:
    return dict(Paper.objects.filter(arxiv_id__in=ids).values_list("arxiv_id", "pk"))


def _versions(fetched: Sequence[FetchedPaper], papers: dict[str, int]) -> list[int]:
    """The version's row for each of *fetched*."""
    stored = _numbered(papers.values())
    keys = _keys(fetched, papers, stored)
    # Reversed, so that of two listings the first one gives the text.
    missing = {key: paper for key, paper in reversed([*zip(keys, fetched, strict=True)]) if key not in stored}
    if missing:
        Version.objects.bulk_create([_version(key, paper) for key, paper in missing.items()], ignore_conflicts=True)
        stored |= _numbered({paper for paper, _number in missing})
    return [stored[key] for key in keys]


def _numbered(papers: Collection[int]) -> dict[Key, int]:
    found = Version.objects.filter(paper__in=papers).values_list("paper_id", "number", "pk")
    return {(paper, number): pk for paper, number, pk in found}


def _keys(fetched: Sequence[FetchedPaper], papers: dict[str, int], stored: Collection[Key]) -> list[Key]:
    """A source that does not say which version it means is taken to mean the newest known, or the first."""
    newest: dict[int, int] = {}
    for paper, number in stored:
        newest[paper] = max(number, newest.get(paper, 1))
    for each in fetched:
        paper = papers[each.arxiv_id]
        newest[paper] = max(each.version or 1, newest.get(paper, 1))
    return [(papers[each.arxiv_id], each.version or newest[papers[each.arxiv_id]]) for each in fetched]


def _version(key: Key, fetched: FetchedPaper) -> Version:
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


def _announce(fetched: Sequence[FetchedPaper], versions: Sequence[int], day: date) -> None:
    Announcement.objects.bulk_create(
        [
            Announcement(version_id=version, category=paper.announced_in, day=day, kind=paper.kind)
            for paper, version in zip(fetched, versions, strict=True)
        ],
        ignore_conflicts=True,
    )


def _keep_summaries(fetched: Sequence[FetchedPaper], versions: Sequence[int]) -> None:
    Summary.objects.bulk_create(
        [
            _summary(version, text)
            for paper, version in zip(fetched, versions, strict=True)
            if paper.summary is not None and (text := storable(paper.summary)) is not None
        ],
        ignore_conflicts=True,
    )


def _summary(version: int, text: SummaryText) -> Summary:
    fields = {name: getattr(text, name) for name in ("tldr", "motivation", "method", "result", "conclusion")}
    return Summary(version_id=version, language=detect(" ".join(fields.values())), writer="imported", **fields)


def _keep_signals(fetched: Sequence[FetchedPaper], papers: dict[str, int]) -> None:
    Signal.objects.bulk_create(
        [
            Signal(
                paper_id=papers[paper.arxiv_id],
                kind=seen.kind,
                value=min(max(seen.value, 0), HIGHEST),
                observed_at=seen.at,
            )
            for paper in fetched
            for seen in paper.observations
        ],
        ignore_conflicts=True,
    )
