"""Loads a frozen edition as the values from which pages and letters are made."""

from collections.abc import Mapping
from typing import cast

from digest.domain import AnnouncementKind, EditionContents, PaperRecord, SummaryRecord, SummaryText
from digest.models import Edition, EditionEntry, EditionSummary, Paper, Summary
from digest.signals import latest


def load_contents(edition: Edition) -> EditionContents:
    """Return everything that an edition shows. It takes three queries."""
    observed = latest.latest_signals(Paper.objects.filter(versions__entries__edition=edition))
    entries = edition.entries.select_related("version__paper").order_by("rank")
    papers = tuple(_paper_record(entry, edition, observed) for entry in entries)
    shown = EditionSummary.objects.filter(entry__edition=edition).select_related("entry", "summary")
    summaries = {(each.entry.rank, each.language): summary_record(each.summary) for each in shown}
    return EditionContents(edition.pk, edition.day, edition.note, papers, summaries)


def _paper_record(entry: EditionEntry, edition: Edition, observed: Mapping[int, latest.ObservedSignals]) -> PaperRecord:
    version = entry.version
    signals = observed.get(version.paper_id, latest.NOTHING_OBSERVED)
    return PaperRecord(
        rank=entry.rank,
        entry_id=entry.pk,
        version_id=version.pk,
        arxiv_id=version.paper.arxiv_id,
        version=version.number,
        title=version.title,
        abstract=version.abstract,
        authors=tuple(version.authors),
        categories=tuple(version.categories),
        section=entry.section,
        kind=cast(AnnouncementKind, entry.kind),
        score=entry.score,
        day=edition.day,
        published=version.published,
        comment=version.comment,
        doi=version.doi,
        journal_ref=version.journal_ref,
        code_url=version.code_url,
        signals=signals.values,
        signal_hours=signals.hours,
        score_without_names=entry.score_without_names,
    )


def summary_record(row: Summary) -> SummaryRecord:
    """Return a stored summary as a frozen value."""
    text = SummaryText(row.tldr, row.motivation, row.method, row.result, row.conclusion)
    return SummaryRecord(row.pk, row.language, row.writer, text)
