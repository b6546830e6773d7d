"""The queries of the public pages. Each reads what it needs in a constant number of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from digest.domain import ANNOUNCED_AS_NEW, EditionContents, PaperRecord, SummaryRecord
from digest.editions import load
from digest.editions.first_days import load_first_days
from digest.models import Announcement, Delivery, Edition, EditionEntry, Feedback, Paper, Signal, Summary, Version
from digest.picking.choose import prepare_selection
from digest.picking.stored_picks import list_ranks
from digest.ranking.selection.select import DaySelection
from digest.signals import latest
from subscriptions.page_language import page_language
from subscriptions.taxonomy import categories

PUBLIC_STATES = ("frozen", "closed")
# Of one paper: some years of them.
MAX_OBSERVATIONS = 2000


def published_editions() -> QuerySet[Edition]:
    """Return the editions that anyone may see: frozen ones with at least one paper."""
    has_papers = Exists(EditionEntry.objects.filter(edition=OuterRef("pk")))
    return Edition.objects.filter(has_papers, state__in=PUBLIC_STATES)


def latest_edition() -> Edition | None:
    """Return the newest edition that anyone may see."""
    return published_editions().order_by("-day").first()


def find_edition(day: date) -> Edition | None:
    """Return the edition of a day; None if there is none that anyone may see."""
    return published_editions().filter(day=day).first()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The days of the editions before and after one."""

    previous: date | None
    next: date | None


def neighbouring_days(day: date) -> Neighbours:
    """Return the nearest days with an edition that anyone may see."""
    days = published_editions().values_list("day", flat=True)
    return Neighbours(
        previous=days.filter(day__lt=day).order_by("-day").first(),
        next=days.filter(day__gt=day).order_by("day").first(),
    )


@dataclass(frozen=True, slots=True)
class SectionSize:
    """How many papers of an edition stand in one category."""

    category: str
    papers: int
    # How many of them are new, and neither replaced nor withdrawn.
    new: int


def count_by_section(edition: Edition) -> list[SectionSize]:
    """Return the categories of an edition with their numbers of papers, the largest first. One query."""
    is_new = Q(kind__in=ANNOUNCED_AS_NEW)
    counted = EditionEntry.objects.of_the_day().filter(edition=edition).order_by().values_list("section")
    sizes = [SectionSize(*row) for row in counted.annotate(papers=Count("pk"), new=Count("pk", filter=is_new))]
    return sorted(sizes, key=lambda size: (-size.papers, size.category))


@dataclass(frozen=True, slots=True)
class ListedPapers:
    """Some papers of an edition, as a page lists them."""

    papers: list[PaperRecord]
    # By (rank, language), as in `EditionContents`.
    summaries: Mapping[tuple[int, str], SummaryRecord]


def list_papers(edition: Edition, section: str, first: int, last: int) -> ListedPapers:
    """Return the papers of an edition from place *first* to before *last* by rank, of one section if it is not empty.

    It reads these papers alone, in three queries.
    """
    entries = EditionEntry.objects.of_the_day().filter(edition=edition)
    if section:
        ranks = list(entries.filter(section=section).order_by("rank").values_list("rank", flat=True)[first:last])
        chosen = entries.filter(rank__in=ranks)
    else:
        # The papers of the day have the ranks from 0, without gaps.
        chosen = entries.filter(rank__gte=first, rank__lt=last)
    return ListedPapers(*load.load_listed_papers(chosen, {page_language(), "en"}))


def list_years() -> list[int]:
    """Return the years that have an edition which anyone may see, the newest first."""
    return [day.year for day in published_editions().dates("day", "year", order="DESC")]


def count_new_papers(year: int) -> dict[date, int]:
    """Return by day how many new papers each edition of a year has that anyone may see. Two queries."""
    days = dict(published_editions().filter(day__year=year).values_list("pk", "day"))
    entries = EditionEntry.objects.of_the_day().filter(edition__in=days, kind__in=ANNOUNCED_AS_NEW).order_by()
    counted = dict(entries.values_list("edition").annotate(Count("pk")))
    return {day: counted.get(pk, 0) for pk, day in days.items()}


def last_paper() -> int:
    """Return the highest number of a stored paper, 0 without any."""
    return Paper.objects.aggregate(last=Max("pk"))["last"] or 0


def papers_between(first: int, last: int) -> list[tuple[str, date]]:
    """Return the papers whose numbers are from *first* to before *last*, each with the day of its newest version."""
    papers = Paper.objects.filter(pk__gte=first, pk__lt=last).annotate(changed=Max("versions__created_at"))
    return [(name, at.date()) for name, at in papers.order_by("pk").values_list("arxiv_id", "changed") if at]


def published_days(days: Collection[date]) -> set[date]:
    """Return those of *days* that have an edition which anyone may see."""
    return set(published_editions().filter(day__in=days).values_list("day", flat=True))


def _announced_as_new(category: str) -> QuerySet[Announcement]:
    """Return what the listings of a category announced as new, under whichever of its codes."""
    codes = [code for code in categories.CATEGORIES if categories.canonical(code) == category]
    return Announcement.objects.filter(category__in=codes, kind__in=ANNOUNCED_AS_NEW)


def count_papers_by_category() -> dict[str, int]:
    """Return how many announcements of new papers each category had, by its one code."""
    sizes: dict[str, int] = {}
    rows = Announcement.objects.filter(kind__in=ANNOUNCED_AS_NEW).order_by().values_list("category")
    for code, size in rows.annotate(Count("pk")):
        category = categories.canonical(code) or code
        sizes[category] = sizes.get(category, 0) + size
    return sizes


def count_newest_in_category(category: str, limit: int) -> int:
    """Return how many papers a category announced as new, *limit* at most."""
    return _announced_as_new(category)[:limit].count()


def newest_in_category(category: str, first: int, last: int) -> list[int]:
    """Return the newest versions of the papers that a category announced as new, what was announced last first.

    They are those from place *first* to before *last*. Two queries.
    """
    rows = _announced_as_new(category).order_by("-day", "-version_id")[first:last]
    return newest_versions(list(dict.fromkeys(rows.values_list("version__paper_id", flat=True))))


def load_records(versions: Sequence[int], first_rank: int = 0) -> list[PaperRecord]:
    """Return versions by themselves in this order, ranked from *first_rank* on: so all lists but editions show papers.

    Each has the day on which its paper came out (`editions/first_days.py`) and what was observed of it last. It takes
    three queries: versions, days, signals. Versions that are not stored are left out.
    """
    stored = Version.objects.select_related("paper").in_bulk(versions)
    records = {each.version_id: each for each in _make_records(list(stored.values()))}
    return [replace(records[pk], rank=rank) for rank, pk in enumerate(versions, first_rank) if pk in records]


@dataclass(frozen=True, slots=True)
class EditionFingerprint:
    """Names what an edition holds at a time: as long as it is equal, the contents are the same.

    The summaries are known by their number, sum and maximum: one that takes another's place changes the sum.
    """

    id: int
    frozen_at: datetime | None
    # The note, and those of languages.
    notes: tuple[object, ...]
    papers: int
    summaries: tuple[int, int, int]
    # Whether it holds all that letters show, with the papers of earlier days; and then how much news there is.
    for_letters: bool = False
    news: int = 0


def letter_contents(edition: Edition) -> EditionContents:
    """Return what the edition's letters show, those of several days too, from the cache while it is unchanged."""
    return cached_contents(_fingerprint(edition, for_letters=True))


def contents_and_selection(edition: Edition, first_day: date | None = None) -> tuple[EditionContents, DaySelection]:
    """Return what an edition holds and what chooses from it; with *first_day*, of all days from then to its own."""
    fingerprint = _fingerprint(edition)
    if first_day:
        return cached_covered_days(fingerprint, first_day)
    return cached_contents(fingerprint), cached_selection(fingerprint)


def _fingerprint(edition: Edition, *, for_letters: bool = False) -> EditionFingerprint:
    entries = EditionEntry.objects.filter(edition=edition)
    counts = (entries if for_letters else entries.of_the_day()).aggregate(
        papers=Count("pk", distinct=True),
        count=Count("summaries__summary"),
        total=Sum("summaries__summary"),
        newest=Max("summaries__summary"),
    )
    summaries = (counts["count"], counts["total"] or 0, counts["newest"] or 0)
    news = load.find_news(edition).count() if for_letters else 0
    return EditionFingerprint(
        edition.pk,
        edition.frozen_at,
        (edition.note, *sorted((edition.notes or {}).items())),
        counts["papers"],
        summaries,
        for_letters,
        news,
    )


@lru_cache(maxsize=4)
def cached_contents(fingerprint: EditionFingerprint) -> EditionContents:
    edition = Edition.objects.get(pk=fingerprint.id)
    return load.load_contents(edition, for_letters=fingerprint.for_letters)


@lru_cache(maxsize=2)
def cached_selection(fingerprint: EditionFingerprint) -> DaySelection:
    """Return what chooses from an edition: a second of work for a large day, kept for the live preview."""
    contents = cached_contents(fingerprint)
    return prepare_selection(contents.papers, contents.day)


@lru_cache(maxsize=2)
def cached_covered_days(fingerprint: EditionFingerprint, first_day: date) -> tuple[EditionContents, DaySelection]:
    """Return what the days from *first_day* to an edition's hold and what chooses from it: some seconds of work."""
    contents = load.load_covered_days(Edition.objects.get(pk=fingerprint.id), first_day)
    return contents, prepare_selection(contents.papers, contents.day)


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A version of a paper, and when it came out where we know."""

    number: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PaperPage:
    """What the page of a paper shows."""

    paper: PaperRecord
    # The newest one.
    version: Version
    # The newest first; those that no listing told us of are there too.
    versions: list[NamedVersion]
    summaries: list[Summary]
    entries: list[EditionEntry]
    # Kind, time and value of what was observed last, by time.
    observations: list[tuple[str, datetime, int]]


def paper_page(arxiv_id: str) -> PaperPage | None:
    """Return the newest version of a paper, its summaries, and the editions in which any version of it stood."""
    stored = list(_versions(arxiv_id))
    if not stored:
        return None
    version = stored[0]
    dates = {each.number: each.updated for each in reversed(stored)}
    if version.published:
        dates[1] = version.published
    entries = EditionEntry.objects.of_the_day().filter(
        edition__state__in=PUBLIC_STATES, version__paper=version.paper_id
    )
    observed = Signal.objects.filter(paper=version.paper_id).values_list("kind", "observed_at", "value")
    return PaperPage(
        paper=_make_records([version])[0],
        version=version,
        versions=[NamedVersion(number, dates.get(number)) for number in range(version.number, 0, -1)],
        summaries=list(version.summaries.order_by("language", "-created_at")),
        entries=list(entries.select_related("edition").order_by("-edition__day")),
        observations=list(observed.order_by("-observed_at", "-pk")[:MAX_OBSERVATIONS])[::-1],
    )


def _make_records(versions: Collection[Version]) -> list[PaperRecord]:
    """Return stored versions, with their papers, as papers by themselves, without rank or entry. Two queries."""
    days = load_first_days(Version.objects.filter(pk__in=[version.pk for version in versions]))
    signals = latest.latest_signals(Paper.objects.filter(pk__in=[version.paper_id for version in versions]))
    return [
        load.make_record(version, days[version.pk], signals.get(version.paper_id, latest.NOTHING_OBSERVED).values)
        for version in versions
    ]


def newest_version(arxiv_id: str) -> Version | None:
    """Return the newest version that we have of a paper; None if we have none."""
    return _versions(arxiv_id).first()


def newest_record(arxiv_id: str) -> PaperRecord | None:
    """Return the newest version of a paper by itself, without rank; None if we have none."""
    version = newest_version(arxiv_id)
    return _make_records([version])[0] if version is not None else None


def edition_days(arxiv_id: str) -> list[date]:
    """Return the days of the public editions in which any version of a paper stood, the newest first."""
    entries = EditionEntry.objects.of_the_day().filter(
        edition__state__in=PUBLIC_STATES, version__paper__arxiv_id=arxiv_id
    )
    return sorted(set(entries.values_list("edition__day", flat=True)), reverse=True)


def is_known(arxiv_id: str) -> bool:
    """Return whether we have a version of this paper."""
    return _versions(arxiv_id).exists()


def _versions(arxiv_id: str) -> QuerySet[Version]:
    """Return the versions of a paper, the newest first; none of an id that no database can hold."""
    if not arxiv_id.isprintable():
        return Version.objects.none()
    versions = Version.objects.filter(paper__arxiv_id=arxiv_id).select_related("paper")
    return versions.order_by("-number", "-pk")


def marked_paper_ids(subscriber_id: int, kind: str) -> QuerySet[Feedback, int]:
    """Return the ids of the papers that a reader marked so, the last one first."""
    rows = Feedback.objects.filter(subscriber=subscriber_id, kind=kind)
    return rows.order_by("-created_at", "-pk").values_list("paper_id", flat=True)


def marks_by_paper(subscriber_id: int, arxiv_ids: Collection[str]) -> dict[str, set[str]]:
    """Return what a reader said of each of some papers, by arXiv id."""
    found: dict[str, set[str]] = {}
    rows = Feedback.objects.filter(subscriber=subscriber_id, paper__arxiv_id__in=arxiv_ids)
    for arxiv_id, kind in rows.values_list("paper__arxiv_id", "kind"):
        found.setdefault(arxiv_id, set()).add(kind)
    return found


def count_feedback(subscriber_id: int) -> dict[str, int]:
    """Return how many papers a reader marked, by kind."""
    rows = Feedback.objects.filter(subscriber=subscriber_id).order_by().values_list("kind")
    return dict(rows.annotate(papers=Count("pk")))


def past_letters(subscriber_id: int) -> QuerySet[Delivery]:
    """Return the letters that left for a reader, the last one first, perhaps without their picks by now."""
    left = (Delivery.State.ACCEPTED, Delivery.State.UNCERTAIN)
    rows = Delivery.objects.filter(subscriber=subscriber_id, state__in=left).select_related("edition")
    return rows.order_by("-edition__day")


class PickedVersion(NamedTuple):
    """A version that a letter showed to a reader, and when the letter left."""

    version_id: int
    at: datetime


def newest_picks(subscriber_id: int, letters: int) -> list[PickedVersion]:
    """Return the papers of a reader's last letters, each once: those of the last letter first, each in its order.

    It takes two queries.
    """
    rows = list(past_letters(subscriber_id)[:letters])
    ranks = {row.edition_id: list_ranks(row.picks) for row in rows}
    wanted = reduce(or_, (Q(edition=edition, rank__in=each) for edition, each in ranks.items()), Q(pk__in=()))
    entries = EditionEntry.objects.filter(wanted).values_list("edition_id", "rank", "version_id")
    versions = {(edition, rank): version for edition, rank, version in entries}
    found: dict[int, PickedVersion] = {}
    for row in rows:
        at = row.finished_at or row.created_at
        for rank in ranks[row.edition_id]:
            if (version := versions.get((row.edition_id, rank))) is not None:
                found.setdefault(version, PickedVersion(version, at))
    return list(found.values())


def newest_versions(papers: Collection[int]) -> list[int]:
    """Return the newest version of each paper, in the order of *papers*. One query."""
    rows = Version.objects.filter(paper__in=papers).order_by("number", "pk").values_list("paper_id", "pk")
    newest = dict(rows)
    return [newest[paper] for paper in papers if paper in newest]


def newest_summaries(versions: Collection[int], language: str) -> dict[int, SummaryRecord]:
    """Return by version id the last summary in this language, else the last English one."""
    rows = Summary.objects.filter(version__in=versions, language__in={language, "en"})
    best = sorted(rows, key=lambda row: (row.language == language, row.created_at, row.pk))
    return {row.version_id: load.summary_record(row) for row in best}


def newest_delivery(subscriber_id: int) -> Delivery | None:
    """Return the newest letter that was planned for a reader and went out, or will."""
    rows = Delivery.objects.filter(subscriber=subscriber_id).select_related("edition")
    ended = (Delivery.State.EXCLUDED, Delivery.State.FAILED)
    return rows.exclude(state__in=ended).order_by("-edition__day").first()


def is_newcomer(subscriber_id: int) -> bool:
    """Return whether no letter was planned for a reader yet, nor left out."""
    return not Delivery.objects.filter(subscriber=subscriber_id).exists()


def find_delivery(key: int) -> Delivery | None:
    """Return a letter by the number of its row, with its edition."""
    return Delivery.objects.select_related("edition").filter(pk=key).first()
