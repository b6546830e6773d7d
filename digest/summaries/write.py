"""The summaries of an edition: for every paper one in English, and one for each language it is read in.

For a language, in this order: the model's, the second model's, an imported one, the extractive one. Until the first
letter leaves, a model's that comes late takes the place of an extractive one. From then on what is chosen stays chosen,
so that a letter can be assembled again to the same bytes.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from digest.domain import ProgressCallback, no_progress
from digest.models import Backfill, Delivery, Edition, EditionEntry, EditionSummary
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

# So many papers of the edition get a model's summary for the public page though nobody was given them.
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
    use_model: bool = True,
    seconds: float = MAX_RUN_SECONDS,
) -> SummaryCounts:
    """*wanted*: the ranks that the readers of each language were given. Without *use_model* no model is asked, and none
    for longer than *seconds*: what it then still owes is asked for later.

    Idempotent; after a kill the next call goes on from what was written.
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
    if not touched:
        return SummaryCounts(cached=len(entries), use=use)
    if keys:
        asked = request_summaries(writers, keys, tick, seconds)
        by_model |= asked.written
        use = replace(asked.use, cache_hits=use.cache_hits)
    _show(_choose(edition, vacant, by_model, imported, tick))
    _show_better(edition, weak, by_model)
    return _counted(entries, {place.entry_id for place in touched}, _find_shown(edition), imported, use)


def find_unwritten(edition: Edition, wanted: Mapping[str, Collection[int]]) -> list[SummaryKey]:
    """Return the summaries that `write_summaries` would ask a model for."""
    entries, shown = list(edition.entries.order_by("rank")), _find_shown(edition)
    deserving, weak = _places_for_model(entries, wanted), set(_improvable_places(edition, shown))
    open_places = {place for place in deserving if place not in shown or place in weak}
    return _keys_to_request(edition, deserving, open_places, _find_model_summaries(edition))


def improve_summaries() -> int:
    """Shows, in the editions of these days that no letter has left, what the models wrote since: the number of places.

    Asks no model and costs nothing.
    """
    recent = Edition.objects.filter(day__gte=timezone.now().date() - IMPROVEMENT_PERIOD).exclude(entries=None)
    return sum(
        _show_better(each, _improvable_places(each, _find_shown(each)), _find_model_summaries(each)) for each in recent
    )


def _find_model_summaries(edition: Edition) -> dict[SummaryKey, int]:
    """The summaries of the configured models that are there, the best model's where several are."""
    found: dict[SummaryKey, int] = {}
    for name in reversed(configured_model_names()):
        found |= store.find_stored(edition, name, PROMPT_VERSION)
    return found


def _find_shown(edition: Edition) -> ShownSummaries:
    rows = EditionSummary.objects.filter(entry__edition=edition)
    values = rows.values_list("entry_id", "entry__version_id", "language", "summary__writer")
    return {SummaryPlace(entry, version, language): writer for entry, version, language, writer in values}


def _find_places(
    entries: Sequence[EditionEntry], wanted: Mapping[str, Collection[int]], kept: Iterable[SummaryKey]
) -> list[SummaryPlace]:
    """Return every place that needs a summary. An imported one gets a place in its own language even if nobody asks."""
    languages: dict[int, set[str]] = defaultdict(lambda: {PUBLIC_LANGUAGE})
    for version, language in kept:
        languages[version].add(language)
    ranks = {language: set(ranks) for language, ranks in wanted.items()}
    return [
        SummaryPlace(entry.id, entry.version_id, language)
        for entry in entries
        for language in sorted({*languages[entry.version_id], *(each for each in ranks if entry.rank in ranks[each])})
    ]


def _places_for_model(entries: Sequence[EditionEntry], wanted: Mapping[str, Collection[int]]) -> list[SummaryPlace]:
    """The places worth a model's time, in the order of the edition."""
    ranks = {language: set(ranks) for language, ranks in wanted.items()}
    ranks[PUBLIC_LANGUAGE] = ranks.get(PUBLIC_LANGUAGE, set()) | set(range(TOP_PAPERS))
    return [
        SummaryPlace(entry.id, entry.version_id, language)
        for entry in entries
        for language in sorted(ranks)
        if entry.rank in ranks[language]
    ]


def _improvable_places(edition: Edition, shown: ShownSummaries) -> list[SummaryPlace]:
    """The places with an extractive summary, while no letter has left: none may read differently on the web."""
    places = [place for place, writer in shown.items() if writer == extractive.WRITER_NAME]
    return [] if not places or _have_letters_left(edition) else places


def _keys_to_request(
    edition: Edition,
    deserving: Sequence[SummaryPlace],
    open_places: Collection[SummaryPlace],
    by_model: Iterable[SummaryKey],
) -> list[SummaryKey]:
    """Return keys in the order of the edition, without what failed too often and what a batch is to bring."""
    if not deserving or not open_places:
        return []
    given_up = Backfill.objects.filter(version__entries__edition=edition, attempts__gte=MAX_BACKFILL_ATTEMPTS)
    left_out = {*by_model, *given_up.values_list("version_id", "language"), *find_pending_summaries()}
    return [place.key for place in deserving if place in open_places and place.key not in left_out]


def _show_better(edition: Edition, places: Iterable[SummaryPlace], by_model: Mapping[SummaryKey, int]) -> int:
    """Looks once more whether a letter has left: the models may have taken half an hour."""
    better = {place: by_model[place.key] for place in places if place.key in by_model}
    if not better or _have_letters_left(edition):
        return 0
    _show(better, instead=True)
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
    """The id of the summary for each place. The extractive one is English, whoever reads it."""
    better = {**imported, **by_model}
    plain = {place.version_id for place in places if place.key not in better}
    quoted = _extractive(edition, plain, tick) if plain else {}
    return {place: better.get(place.key) or quoted[place.version_id] for place in places}


def _extractive(edition: Edition, versions: Collection[int], tick: ProgressCallback) -> dict[int, int]:
    """Summary ids by version; the ones that are missing are written."""
    there = {version: id for (version, _), id in store.find_stored(edition, extractive.WRITER_NAME).items()}
    missing = sorted(set(versions) - set(there))
    if not missing:
        return there
    store.store_extractive(missing, tick)
    return {version: id for (version, _), id in store.find_stored(edition, extractive.WRITER_NAME).items()}


def _show(chosen: Mapping[SummaryPlace, int], *, instead: bool = False) -> None:
    rows = [
        EditionSummary(entry_id=place.entry_id, language=place.language, summary_id=id) for place, id in chosen.items()
    ]
    if instead:
        EditionSummary.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["entry", "language"], update_fields=["summary"]
        )
    else:
        EditionSummary.objects.bulk_create(rows, ignore_conflicts=True)


def _counted(
    entries: Sequence[EditionEntry],
    touched: Collection[int],
    shown: ShownSummaries,
    imported: Iterable[SummaryKey],
    use: ModelUse,
) -> SummaryCounts:
    by_model = {
        place.entry_id for place, writer in shown.items() if writer not in (IMPORTED_WRITER, extractive.WRITER_NAME)
    }
    elsewhere = {version for version, _ in imported}

    def kind(entry: EditionEntry) -> str:
        if entry.id not in touched:
            return "cached"
        if entry.id in by_model:
            return "model"
        return "imported" if entry.version_id in elsewhere else "extractive"

    return SummaryCounts(**Counter(map(kind, entries)), use=use)
