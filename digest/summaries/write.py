"""Writes the summaries of an edition: for every paper one in English, and one for each language it is read in.

Of papers of earlier days that its letters show, only those that are read are written.

For a language it shows, in this order: the model's, the fallback model's, an imported one, the extractive one. Until
the first letter leaves, a model's that comes late takes the place of an extractive one. From then on what is shown
stays, so that a letter can be assembled again to the same bytes.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from digest.domain import ProgressCallback, no_progress
from digest.models import Backfill, Delivery, Edition, EditionEntry, EditionSummary, Summary
from digest.summaries import store
from digest.summaries.extractive import writer as extractive
from digest.summaries.llm.budget import ModelUse
from digest.summaries.llm.configured_models import configured_model_names, configured_writers
from digest.summaries.llm.pending_batches import find_pending_summaries
from digest.summaries.llm.prompt import PROMPT_VERSION
from digest.summaries.llm.requests import MAX_BACKFILL_ATTEMPTS, MAX_RUN_SECONDS, request_summaries
from digest.summaries.store import SummaryKey

# The language of the public page, which shows every paper.
PUBLIC_LANGUAGE = "en"

# So many papers of the edition get a model's summary for the public page though no letter shows them.
TOP_PAPERS = 30

IMPORTED_WRITER = "imported"

IMPROVEMENT_PERIOD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SummaryCounts:
    """The papers of the edition, each counted once: by the best writer of its summaries, or as cached."""

    model: int = 0
    extractive: int = 0
    imported: int = 0
    # Nothing had to be written or chosen for them.
    cached: int = 0
    use: ModelUse = field(default_factory=ModelUse, compare=False)

    def as_json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("model", "extractive", "imported", "cached")}
        return {**counts, **self.use.as_json()}


class SummaryPlace(NamedTuple):
    """A place where a summary is shown: an entry of the edition, for those who read *language*."""

    entry_id: int
    version_id: int
    language: str

    @property
    def key(self) -> SummaryKey:
        return self.version_id, self.language


# The writer of the summary that each place shows.
ShownSummaries = dict[SummaryPlace, str]


def write_summaries(
    edition: Edition,
    wanted: Mapping[str, Collection[int]],
    tick: ProgressCallback = no_progress,
    *,
    earlier: Collection[SummaryKey] = (),
    use_model: bool = True,
    seconds: float = MAX_RUN_SECONDS,
) -> SummaryCounts:
    """Write and show the summaries that the edition lacks. Return the counts.

    *wanted* are the ranks that the letters in each language show. The summaries *earlier* are of papers of earlier days
    that letters will show: models write them too, and nothing shows them yet. Without *use_model* no model is asked,
    and none for longer than *seconds*: what it then still owes is requested later. After a kill the next call goes on
    from what was written.
    """
    entries = list(edition.entries.order_by("rank"))
    shown, imported, by_model = (
        _find_shown(edition),
        store.find_stored(edition, IMPORTED_WRITER),
        _find_model_summaries(edition),
    )
    vacant = [place for place in _find_places(entries, wanted, imported) if place not in shown]
    writers = configured_writers() if use_model else []
    deserving = _places_for_model(entries, wanted) if writers else []
    weak = _improvable_places(edition, shown)
    use = ModelUse(cache_hits=sum(place.key in by_model for place in deserving))
    keys = _keys_to_request(edition, deserving, {*vacant, *weak}, by_model)
    touched = {*vacant, *(place for place in weak if place.key in by_model or place.key in keys)}
    if writers:
        keys += _keys_of_earlier_days(earlier)
    if not touched and not keys:
        return SummaryCounts(cached=len(entries), use=use)
    if keys:
        result = request_summaries(writers, keys, tick, seconds)
        by_model |= result.written
        use = replace(result.use, cache_hits=use.cache_hits)
    _show(_choose(edition, vacant, by_model, imported, tick))
    _show_better(edition, weak, by_model)
    return _count(entries, {place.entry_id for place in touched}, _find_shown(edition), imported, use)


def find_unwritten(
    edition: Edition, wanted: Mapping[str, Collection[int]], earlier: Collection[SummaryKey] = ()
) -> list[SummaryKey]:
    """Return the summaries that `write_summaries` would ask a model for."""
    entries, shown = list(edition.entries.order_by("rank")), _find_shown(edition)
    deserving, weak = _places_for_model(entries, wanted), set(_improvable_places(edition, shown))
    open_places = {place for place in deserving if place not in shown or place in weak}
    keys = _keys_to_request(edition, deserving, open_places, _find_model_summaries(edition))
    return [*keys, *_keys_of_earlier_days(earlier)]


def improve_summaries() -> int:
    """Show what models wrote since, in recent editions that no letter has left. Return the number of places.

    It asks no model and costs nothing.
    """
    recent = Edition.objects.filter(day__gte=timezone.now().date() - IMPROVEMENT_PERIOD).exclude(entries=None)
    return sum(
        _show_better(each, _improvable_places(each, _find_shown(each)), _find_model_summaries(each)) for each in recent
    )


def _find_model_summaries(edition: Edition) -> dict[SummaryKey, int]:
    """Return the ids of the summaries by the configured models, the best model's where there are several."""
    found: dict[SummaryKey, int] = {}
    for name in reversed(configured_model_names()):
        found |= store.find_stored(edition, name, PROMPT_VERSION)
    return found


def _find_shown(edition: Edition) -> ShownSummaries:
    rows = EditionSummary.objects.filter(entry__edition=edition)
    values = rows.values_list("entry_id", "entry__version_id", "language", "summary__writer")
    return {SummaryPlace(entry, version, language): writer for entry, version, language, writer in values}


def _find_places(
    entries: Sequence[EditionEntry], wanted: Mapping[str, Collection[int]], imported: Iterable[SummaryKey]
) -> list[SummaryPlace]:
    """Return every place that needs a summary. An imported one gets a place in its own language even if nobody asks.

    The public page does not show papers of earlier days.
    """
    languages: dict[int, set[str]] = defaultdict(lambda: {PUBLIC_LANGUAGE})
    for version, language in imported:
        languages[version].add(language)
    ranks = {language: set(ranks) for language, ranks in wanted.items()}
    return [
        SummaryPlace(entry.id, entry.version_id, language)
        for entry in entries
        for language in sorted(
            {
                *(languages[entry.version_id] if entry.announced_on is None else ()),
                *(each for each in ranks if entry.rank in ranks[each]),
            }
        )
    ]


def _places_for_model(entries: Sequence[EditionEntry], wanted: Mapping[str, Collection[int]]) -> list[SummaryPlace]:
    """Return the places worth a model's time, in the order of the edition."""
    ranks = {language: set(ranks) for language, ranks in wanted.items()}
    ranks[PUBLIC_LANGUAGE] = ranks.get(PUBLIC_LANGUAGE, set()) | set(range(TOP_PAPERS))
    return [
        SummaryPlace(entry.id, entry.version_id, language)
        for entry in entries
        for language in sorted(ranks)
        if entry.rank in ranks[language]
    ]


def _improvable_places(edition: Edition, shown: ShownSummaries) -> list[SummaryPlace]:
    """Return the places with an extractive summary, until a letter has left: the web may not differ from it."""
    places = [place for place, writer in shown.items() if writer == extractive.WRITER_NAME]
    return [] if not places or _have_letters_left(edition) else places


def _keys_to_request(
    edition: Edition,
    deserving: Sequence[SummaryPlace],
    open_places: Collection[SummaryPlace],
    by_model: Iterable[SummaryKey],
) -> list[SummaryKey]:
    """Return keys in the order of the edition, without what failed too often and what a batch will bring."""
    if not deserving or not open_places:
        return []
    given_up = Backfill.objects.filter(version__entries__edition=edition, attempts__gte=MAX_BACKFILL_ATTEMPTS)
    left_out = {*by_model, *given_up.values_list("version_id", "language"), *find_pending_summaries()}
    return [place.key for place in deserving if place in open_places and place.key not in left_out]


def _keys_of_earlier_days(keys: Collection[SummaryKey]) -> list[SummaryKey]:
    """Return *keys* in order, without what a model wrote, what failed too often and what a batch will bring."""
    if not keys:
        return []
    versions = {version for version, _ in keys}
    written = Summary.objects.filter(
        version__in=versions, writer__in=configured_model_names(), prompt_version=PROMPT_VERSION
    )
    given_up = Backfill.objects.filter(version__in=versions, attempts__gte=MAX_BACKFILL_ATTEMPTS)
    left_out = {
        *written.values_list("version_id", "language"),
        *given_up.values_list("version_id", "language"),
        *find_pending_summaries(),
    }
    return sorted(set(keys) - left_out)


def _show_better(edition: Edition, places: Iterable[SummaryPlace], by_model: Mapping[SummaryKey, int]) -> int:
    """Show the models' summaries instead. Return in how many places."""
    better = {place: by_model[place.key] for place in places if place.key in by_model}
    # A letter may have left since: the models may have taken half an hour.
    if not better or _have_letters_left(edition):
        return 0
    _show(better, replace_shown=True)
    return len(better)


def _have_letters_left(edition: Edition) -> bool:
    waiting = (Delivery.State.PENDING, Delivery.State.EXCLUDED)
    return Delivery.objects.filter(edition=edition).exclude(state__in=waiting).exists()


def _choose(
    edition: Edition,
    places: Sequence[SummaryPlace],
    by_model: Mapping[SummaryKey, int],
    imported: Mapping[SummaryKey, int],
    tick: ProgressCallback,
) -> dict[SummaryPlace, int]:
    """Return the id of the summary for each place. The extractive one is English, whoever reads it."""
    better = {**imported, **by_model}
    others = {place.version_id for place in places if place.key not in better}
    extracts = _ensure_extractive(edition, others, tick) if others else {}
    return {place: better.get(place.key) or extracts[place.version_id] for place in places}


def _ensure_extractive(edition: Edition, versions: Collection[int], tick: ProgressCallback) -> dict[int, int]:
    """Return the ids of extractive summaries by version id. Those that are missing are written."""
    stored = {version: id for (version, _), id in store.find_stored(edition, extractive.WRITER_NAME).items()}
    missing = sorted(set(versions) - set(stored))
    if not missing:
        return stored
    store.store_extractive(missing, tick)
    return {version: id for (version, _), id in store.find_stored(edition, extractive.WRITER_NAME).items()}


def _show(chosen: Mapping[SummaryPlace, int], *, replace_shown: bool = False) -> None:
    rows = [
        EditionSummary(entry_id=place.entry_id, language=place.language, summary_id=id) for place, id in chosen.items()
    ]
    if replace_shown:
        EditionSummary.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["entry", "language"], update_fields=["summary"]
        )
    else:
        EditionSummary.objects.bulk_create(rows, ignore_conflicts=True)


def _count(
    entries: Sequence[EditionEntry],
    touched: Collection[int],
    shown: ShownSummaries,
    imported: Iterable[SummaryKey],
    use: ModelUse,
) -> SummaryCounts:
    by_model = {
        place.entry_id for place, writer in shown.items() if writer not in (IMPORTED_WRITER, extractive.WRITER_NAME)
    }
    imported_versions = {version for version, _ in imported}

    def classify(entry: EditionEntry) -> str:
        if entry.id not in touched:
            return "cached"
        if entry.id in by_model:
            return "model"
        return "imported" if entry.version_id in imported_versions else "extractive"

    return SummaryCounts(**Counter(map(classify, entries)), use=use)
