"""Stores and loads summaries in bulk: there is no query per paper, except where a model's answer cost money."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TypeVar

from django.db.models import F
from django.utils import timezone

from digest.domain import ProgressCallback, SummaryText, no_progress
from digest.models import Backfill, Edition, Summary, Version
from digest.sources.summary_placeholders import find_placeholder, without_placeholders
from digest.summaries.extractive import writer
from digest.summaries.jobs import JobResult, PaperText, WrittenSummary

# Papers whose abstracts are in memory at a time.
SUMMARIES_PER_QUERY = 500

# (version id, language)
SummaryKey = tuple[int, str]

T = TypeVar("T")


def iterate_chunks(items: Iterable[T], size: int = SUMMARIES_PER_QUERY) -> Iterator[list[T]]:
    """Yield the items in lists of *size*."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def find_stored(edition: Edition, writer: str, prompt_version: str = "") -> dict[SummaryKey, int]:
    """Return the ids of the summaries by *writer* of the papers of *edition*."""
    rows = Summary.objects.filter(version__entries__edition=edition, writer=writer, prompt_version=prompt_version)
    return {(version, language): id for version, language, id in rows.values_list("version_id", "language", "id")}


def load_texts(version_ids: Collection[int]) -> dict[int, PaperText]:
    """Return the texts of papers by version id."""
    rows = Version.objects.filter(id__in=version_ids).values_list("id", "title", "abstract")
    return {id: PaperText(title, abstract) for id, title, abstract in rows}


def store_extractive(version_ids: Collection[int], tick: ProgressCallback = no_progress) -> None:
    """Store an extractive summary for each version that has none."""
    # Every paper has a summary, whatever its own words are.
    last_resort = SummaryText(writer.LAST_RESORT_TEXT)
    done = 0
    for chunk in iterate_chunks(version_ids):
        papers = load_texts(chunk)
        rows = [
            Summary(
                version_id=id,
                language=writer.WRITER_LANGUAGE,
                writer=writer.WRITER_NAME,
                **asdict(without_placeholders(writer.write_summary(paper.title, paper.abstract)) or last_resort),
            )
            for id, paper in papers.items()
        ]
        Summary.objects.bulk_create(rows, ignore_conflicts=True)
        done += len(chunk)
        tick(done, len(version_ids))


def store_written(version_id: int, written: WrittenSummary) -> int:
    """Store one summary at once, because it cost money and a run may be killed. Return its id."""
    for text in asdict(written.text).values():
        if find_placeholder(text):
            raise ValueError(f"{text!r} is no summary")  # a mistake of ours: validation.find_faults let it through
    key = {
        "version_id": version_id,
        "language": written.language,
        "writer": written.writer,
        "prompt_version": written.prompt_version,
    }
    cost = {
        "prompt_tokens": written.prompt_tokens,
        "completion_tokens": written.completion_tokens,
        "cost": written.cost,
    }
    id = Summary.objects.get_or_create(**key, defaults={**asdict(written.text), **cost})[0].id
    owed = Backfill.objects.filter(version_id=version_id, language=written.language, done_at=None)
    owed.update(done_at=timezone.now())
    return id


def queue_backfill(failures: Sequence[JobResult]) -> None:
    """Queue for the backfill what no model could write. It counts as an attempt only where a model answered."""
    rows = [
        Backfill(version_id=failure.version_id, language=failure.language, reason=failure.reason[:300])
        for failure in failures
    ]
    Backfill.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["version", "language"], update_fields=["reason", "done_at"]
    )
    tried = [failure for failure in failures if failure.tried]
    for language in sorted({failure.language for failure in tried}):
        for versions in iterate_chunks(failure.version_id for failure in tried if failure.language == language):
            rows_owed = Backfill.objects.filter(language=language, version_id__in=versions)
            rows_owed.update(attempts=F("attempts") + 1)
