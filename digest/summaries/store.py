"""Summaries into their table and out of it, in bulk: no query per paper but where a model's answer cost money."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TypeVar

from django.db.models import F
from django.utils import timezone

from digest.domain import SummaryText, Tick, silent
from digest.models import Backfill, Edition, Summary, Version
from digest.sources.summary_placeholders import placeholder_in, storable
from digest.summaries.extractive import writer
from digest.summaries.jobs import Outcome, PaperText, Written

# Papers whose abstracts are in memory at a time.
CHUNK = 500

# (version id, language)
Key = tuple[int, str]

T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def stored(edition: Edition, writer: str, prompt_version: str = "") -> dict[Key, int]:
    """The summaries by *writer* of the papers of *edition*: their ids."""
    rows = Summary.objects.filter(version__entries__edition=edition, writer=writer, prompt_version=prompt_version)
    return {(version, language): id for version, language, id in rows.values_list("version_id", "language", "id")}


def texts(version_ids: Collection[int]) -> dict[int, PaperText]:
    rows = Version.objects.filter(id__in=version_ids).values_list("id", "title", "abstract")
    return {id: PaperText(title, abstract) for id, title, abstract in rows}


def store_extractive(version_ids: Collection[int], tick: Tick = silent) -> None:
    """A summary from the abstract for each version; the ones that have it keep it."""
    done = 0
    for chunk in chunks(version_ids):
        papers = texts(chunk)
        rows = [_row(id, writer.LANGUAGE, _extractive(paper)) for id, paper in papers.items()]
        Summary.objects.bulk_create(rows, ignore_conflicts=True)
        done += len(chunk)
        tick(done, len(version_ids))


def _extractive(paper: PaperText) -> SummaryText:
    """Every paper has one, whatever its own words are."""
    return storable(writer.write(paper.title, paper.abstract)) or SummaryText(writer.NOTHING_TO_QUOTE)


def _row(version_id: int, language: str, text: SummaryText) -> Summary:
    return Summary(version_id=version_id, language=language, writer=writer.NAME, **asdict(text))


def store_written(version_id: int, written: Written) -> int:
    """One row at once, as its words cost money and a run may be killed. Returns the id of what is stored."""
    for text in asdict(written.text).values():
        if placeholder_in(text):
            raise ValueError(f"{text!r} is no summary")  # checks.problems has let it through: a mistake of ours
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


def owe(failures: Sequence[Outcome]) -> None:
    """Queues for backfill what no model could write. It counts as an attempt only where a model was heard."""
    rows = [
        Backfill(version_id=failure.version_id, language=failure.language, reason=failure.reason[:300])
        for failure in failures
    ]
    Backfill.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["version", "language"], update_fields=["reason", "done_at"]
    )
    tried = [failure for failure in failures if failure.tried]
    for language in sorted({failure.language for failure in tried}):
        for versions in chunks(failure.version_id for failure in tried if failure.language == language):
            rows_owed = Backfill.objects.filter(language=language, version_id__in=versions)
            rows_owed.update(attempts=F("attempts") + 1)
