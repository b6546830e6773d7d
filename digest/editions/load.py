"""Loads frozen editions as the values from which pages and letters are made."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import cast

from django.db.models import QuerySet

from digest.domain import (
    ANNOUNCED_AS_NEW,
    AnnouncementKind,
    EditionContents,
    PaperNewsRecord,
    PaperRecord,
    SummaryRecord,
    SummaryText,
)
from digest.models import Edition, EditionEntry, EditionSummary, Paper, PaperNews, Summary, Version
from digest.models.editions import EntryQuerySet
from digest.signals import latest

# So long letters tell what became known of a paper.
NEWS_PERIOD = timedelta(days=14)


def load_contents(edition: Edition, *, for_letters: bool = False) -> EditionContents:
    """Return everything that an edition's pages show. It takes three queries, and four for letters.

    *for_letters*: also the papers of earlier days that letters show, and the news that they tell.
    """
    entries = EditionEntry.objects.filter(edition=edition)
    papers = tuple(_load_papers(entries if for_letters else entries.of_the_day()))
    summaries = _load_summaries(entries, {paper.entry_id: paper.rank for paper in papers})
    news = load_news(edition) if for_letters else {}
    return EditionContents(edition.pk, edition.day, edition.note, papers, summaries, news, edition.notes or {})


def load_listed_papers(
    entries: EntryQuerySet, languages: Collection[str]
) -> tuple[list[PaperRecord], dict[tuple[int, str], SummaryRecord]]:
    """Return the papers of some entries of one edition, by rank, and their summaries in these languages.

    The summaries are known by rank and language. It takes three queries, whatever else the edition holds.
    """
    rows = entries.select_related("version__paper", "edition").defer("edition__wanted", "edition__note")
    found = list(rows.order_by("rank"))
    observed = latest.latest_signals(Paper.objects.filter(pk__in=[entry.version.paper_id for entry in found]))
    shown = EditionSummary.objects.filter(entry__in=[entry.pk for entry in found], language__in=languages)
    ranks = {entry.pk: entry.rank for entry in found}
    summaries = {
        (ranks[each.entry_id], each.language): summary_record(each.summary) for each in shown.select_related("summary")
    }
    return [_paper_record(entry, observed) for entry in found], summaries


def load_covered_days(edition: Edition, first_day: date) -> EditionContents:
    """Return the papers that were announced from *first_day* to the edition's day, each once, the best first.

    A paper stands in its newest version, as new if any of these days announced it so, and withdrawn if it was since.
    It takes three queries.
    """
    entries = EditionEntry.objects.of_the_day().filter(
        edition__day__range=(first_day, edition.day), edition__frozen_at__isnull=False
    )
    announced: defaultdict[str, list[PaperRecord]] = defaultdict(list)
    for paper in _load_papers(entries):
        announced[paper.arxiv_id].append(paper)
    united = [unite_announcements(records) for records in announced.values()]
    united.sort(
        key=lambda paper: (paper.kind not in ANNOUNCED_AS_NEW, -paper.score, -paper.day.toordinal(), paper.rank)
    )
    papers = tuple(replace(paper, rank=rank) for rank, paper in enumerate(united))
    ranks = {paper.entry_id: paper.rank for paper in papers}
    summaries = _load_summaries(entries, ranks)
    return EditionContents(edition.pk, edition.day, edition.note, papers, summaries, notes=edition.notes or {})


def load_news(edition: Edition) -> dict[int, PaperNewsRecord]:
    """Return by number what became known of papers, as far as letters of the edition may tell it."""
    fields = ("id", "kind", "paper__arxiv_id", "title", "reference", "address")
    return {number: PaperNewsRecord(*values) for number, *values in find_news(edition).values_list(*fields)}


def find_news(edition: Edition) -> QuerySet[PaperNews]:
    """Return the news that letters of the edition may tell."""
    return PaperNews.objects.filter(day__gt=edition.day - NEWS_PERIOD, day__lte=edition.day)


def unite_announcements(records: Sequence[PaperRecord]) -> PaperRecord:
    """Return one record of the announcements of a paper, which come by day: the last of the newest version."""
    newest = max(records, key=lambda record: (record.version, record.day))
    first = next((record for record in records if record.kind in ANNOUNCED_AS_NEW), newest)
    if newest.kind == "withdrawn":
        return newest
    return replace(
        newest,
        day=first.day,
        kind=first.kind,
        section=first.section,
        score=first.score,
        score_without_names=first.score_without_names,
    )


def _load_papers(entries: EntryQuerySet) -> list[PaperRecord]:
    """Return the papers of entries, by day and rank. It takes two queries."""
    observed = latest.latest_signals(Paper.objects.filter(versions__entries__in=entries))
    rows = entries.select_related("version__paper", "edition").defer("edition__wanted", "edition__note")
    return [_paper_record(entry, observed) for entry in rows.order_by("edition__day", "rank")]


def _load_summaries(entries: EntryQuerySet, ranks: Mapping[int, int]) -> dict[tuple[int, str], SummaryRecord]:
    """Return the summaries that entries show, by the rank that *ranks* has for the entry, and language."""
    shown = EditionSummary.objects.filter(entry__in=entries).select_related("summary")
    return {
        (ranks[each.entry_id], each.language): summary_record(each.summary) for each in shown if each.entry_id in ranks
    }


def _paper_record(entry: EditionEntry, observed: Mapping[int, latest.ObservedSignals]) -> PaperRecord:
    signals = observed.get(entry.version.paper_id, latest.NOTHING_OBSERVED)
    record = make_record(entry.version, entry.announced_on or entry.edition.day, signals.values)
    return replace(
        record,
        rank=entry.rank,
        entry_id=entry.pk,
        section=entry.section,
        kind=cast(AnnouncementKind, entry.kind),
        score=entry.score,
        signal_hours=signals.hours,
        score_without_names=entry.score_without_names,
    )


def make_record(version: Version, day: date, signals: Mapping[str, int]) -> PaperRecord:
    """Return a stored version, with its paper, as a paper by itself: without rank, entry or score."""
    return PaperRecord(
        rank=0,
        entry_id=0,
        version_id=version.pk,
        arxiv_id=version.paper.arxiv_id,
        version=version.number,
        title=version.title,
        abstract=version.abstract,
        authors=tuple(version.authors),
        categories=tuple(version.categories),
        section=version.primary_category,
        kind="withdrawn" if version.withdrawn else "new",
        score=0.0,
        day=day,
        published=version.published,
        comment=version.comment,
        doi=version.doi,
        journal_ref=version.journal_ref,
        code_url=version.code_url,
        signals=signals,
    )


def summary_record(row: Summary) -> SummaryRecord:
    """Return a stored summary as a frozen value."""
    text = SummaryText(row.tldr, row.motivation, row.method, row.result, row.conclusion)
    return SummaryRecord(row.pk, row.language, row.writer, text)
