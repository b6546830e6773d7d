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

from digest.domain import Tick, silent
from digest.models import Backfill, Delivery, Edition, EditionEntry, EditionSummary
from digest.summaries import store
from digest.summaries.extractive import writer as extractive
from digest.summaries.llm.budget import ModelUse
from digest.summaries.llm.models import model_names, writers_from_settings
from digest.summaries.llm.pending_batches import under_way
from digest.summaries.llm.prompt import PROMPT_VERSION
from digest.summaries.llm.requests import ATTEMPTS, RUN_SECONDS, ask
from digest.summaries.store import Key

# The language of the public page, which shows every paper.
PUBLIC = "en"

# So many papers of the edition get a model's summary for the public page though nobody was given them.
TOP = 30

IMPORTED = "imported"

IMPROVED_FOR = timedelta(days=7)


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


class Place(NamedTuple):
    """Where a summary is shown: an entry of the edition, for those who read *language*."""

    entry_id: int
    version_id: int
    language: str

    @property
    def key(self) -> Key:
        return self.version_id, self.language


# The writer of the summary that each place shows.
Shown = dict[Place, str]


def write(
    edition: Edition,
    wanted: Mapping[str, Collection[int]],
    tick: Tick = silent,
    *,
    use_model: bool = True,
    seconds: float = RUN_SECONDS,
) -> SummaryCounts:
    """*wanted*: the ranks that the readers of each language were given. Without *use_model* no model is asked, and none
    for longer than *seconds*: what it then still owes is asked for later.

    Idempotent; after a kill the next call goes on from what was written.
    """
    entries = list(edition.entries.order_by("rank"))
    shown, imported, by_model = _shown(edition), store.stored(edition, IMPORTED), _by_model(edition)
    vacant = [place for place in _places(entries, wanted, imported) if place not in shown]
    writers = writers_from_settings() if use_model else []
    deserving = _deserving(entries, wanted) if writers else []
    weak = _improvable(edition, shown)
    use = ModelUse(cache_hits=sum(place.key in by_model for place in deserving))
    keys = _to_ask(edition, deserving, {*vacant, *weak}, by_model)
    touched = {*vacant, *(place for place in weak if place.key in by_model or place.key in keys)}
    if not touched:
        return SummaryCounts(cached=len(entries), use=use)
    if keys:
        asked = ask(writers, keys, tick, seconds)
        by_model |= asked.written
        use = replace(asked.use, cache_hits=use.cache_hits)
    _show(_choose(edition, vacant, by_model, imported, tick))
    _show_better(edition, weak, by_model)
    return _counted(entries, {place.entry_id for place in touched}, _shown(edition), imported, use)


def unwritten(edition: Edition, wanted: Mapping[str, Collection[int]]) -> list[Key]:
    """What `write` would ask a model for."""
    entries, shown = list(edition.entries.order_by("rank")), _shown(edition)
    deserving, weak = _deserving(entries, wanted), set(_improvable(edition, shown))
    open_places = {place for place in deserving if place not in shown or place in weak}
    return _to_ask(edition, deserving, open_places, _by_model(edition))


def improve() -> int:
    """Shows, in the editions of these days that no letter has left, what the models wrote since: the number of places.

    Asks no model and costs nothing.
    """
    recent = Edition.objects.filter(day__gte=timezone.now().date() - IMPROVED_FOR).exclude(entries=None)
    return sum(_show_better(each, _improvable(each, _shown(each)), _by_model(each)) for each in recent)


def _by_model(edition: Edition) -> dict[Key, int]:
    """The summaries of the configured models that are there, the best model's where several are."""
    found: dict[Key, int] = {}
    for name in reversed(model_names()):
        found |= store.stored(edition, name, PROMPT_VERSION)
    return found


def _shown(edition: Edition) -> Shown:
    rows = EditionSummary.objects.filter(entry__edition=edition)
    values = rows.values_list("entry_id", "entry__version_id", "language", "summary__writer")
    return {Place(entry, version, language): writer for entry, version, language, writer in values}


def _places(entries: Sequence[EditionEntry], wanted: Mapping[str, Collection[int]], kept: Iterable[Key]) -> list[Place]:
    """Every place that needs a summary; an imported one gets a place in its own language even if nobody asks."""
    languages: dict[int, set[str]] = defaultdict(lambda: {PUBLIC})
    for version, language in kept:
        languages[version].add(language)
    ranks = {language: set(ranks) for language, ranks in wanted.items()}
    return [
        Place(entry.id, entry.version_id, language)
        for entry in entries
        for language in sorted({*languages[entry.version_id], *(each for each in ranks if entry.rank in ranks[each])})
    ]


def _deserving(entries: Sequence[EditionEntry], wanted: Mapping[str, Collection[int]]) -> list[Place]:
    """The places worth a model's time, in the order of the edition."""
    ranks = {language: set(ranks) for language, ranks in wanted.items()}
    ranks[PUBLIC] = ranks.get(PUBLIC, set()) | set(range(TOP))
    return [
        Place(entry.id, entry.version_id, language)
        for entry in entries
        for language in sorted(ranks)
        if entry.rank in ranks[language]
    ]


def _improvable(edition: Edition, shown: Shown) -> list[Place]:
    """The places with an extractive summary, while no letter has left: none may read differently on the web."""
    places = [place for place, writer in shown.items() if writer == extractive.NAME]
    return [] if not places or _letters_left(edition) else places


def _to_ask(
    edition: Edition, deserving: Sequence[Place], open_places: Collection[Place], by_model: Iterable[Key]
) -> list[Key]:
    """In the order of the edition; without what failed too often, and what a batch is to bring."""
    if not deserving or not open_places:
        return []
    given_up = Backfill.objects.filter(version__entries__edition=edition, attempts__gte=ATTEMPTS)
    left_out = {*by_model, *given_up.values_list("version_id", "language"), *under_way()}
    return [place.key for place in deserving if place in open_places and place.key not in left_out]


def _show_better(edition: Edition, places: Iterable[Place], by_model: Mapping[Key, int]) -> int:
    """Looks once more whether a letter has left: the models may have taken half an hour."""
    better = {place: by_model[place.key] for place in places if place.key in by_model}
    if not better or _letters_left(edition):
        return 0
    _show(better, instead=True)
    return len(better)


def _letters_left(edition: Edition) -> bool:
    waiting = (Delivery.State.PENDING, Delivery.State.EXCLUDED)
    return Delivery.objects.filter(edition=edition).exclude(state__in=waiting).exists()


def _choose(
    edition: Edition, places: Sequence[Place], by_model: Mapping[Key, int], imported: Mapping[Key, int], tick: Tick
) -> dict[Place, int]:
    """The id of the summary for each place. The extractive one is English, whoever reads it."""
    better = {**imported, **by_model}
    plain = {place.version_id for place in places if place.key not in better}
    quoted = _extractive(edition, plain, tick) if plain else {}
    return {place: better.get(place.key) or quoted[place.version_id] for place in places}


def _extractive(edition: Edition, versions: Collection[int], tick: Tick) -> dict[int, int]:
    """Summary ids by version; the ones that are missing are written."""
    there = {version: id for (version, _), id in store.stored(edition, extractive.NAME).items()}
    missing = sorted(set(versions) - set(there))
    if not missing:
        return there
    store.store_extractive(missing, tick)
    return {version: id for (version, _), id in store.stored(edition, extractive.NAME).items()}


def _show(chosen: Mapping[Place, int], *, instead: bool = False) -> None:
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
    entries: Sequence[EditionEntry], touched: Collection[int], shown: Shown, imported: Iterable[Key], use: ModelUse
) -> SummaryCounts:
    by_model = {place.entry_id for place, writer in shown.items() if writer not in (IMPORTED, extractive.NAME)}
    elsewhere = {version for version, _ in imported}

    def kind(entry: EditionEntry) -> str:
        if entry.id not in touched:
            return "cached"
        if entry.id in by_model:
            return "model"
        return "imported" if entry.version_id in elsewhere else "extractive"

    return SummaryCounts(**Counter(map(kind, entries)), use=use)
