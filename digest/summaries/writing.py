"""The summaries of an edition: for every paper one in English, and one for each language it is read in.

For a language, in this order: the model's, the second model's, an imported one, the extractive one. What is chosen
stays chosen, so that a letter can be assembled again to the same bytes.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from digest.models import Backfill, Delivery, Edition, EditionEntry, EditionSummary
from digest.records import Tick, silent
from digest.summaries import extractive, storing
from digest.summaries.asking import ask
from digest.summaries.llm import model_names, writers_from_settings
from digest.summaries.prompt import PROMPT_VERSION
from digest.summaries.spending import ModelUse
from digest.summaries.storing import Key

PUBLIC = "en"
"""The language of the public page, which shows every paper."""

TOP = 30
"""So many papers of the edition get a model's summary for the public page though nobody was given them."""

IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class SummaryCounts:
    """The papers of the edition, each counted once: by the best writer of its summaries, or as cached."""

    model: int = 0
    extractive: int = 0
    imported: int = 0
    cached: int = 0
    """Nothing had to be written or chosen for them."""
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


Shown = dict[Place, str]
"""The writer of the summary that each place shows."""


def write(
    edition: Edition, wanted: Mapping[str, Collection[int]], tick: Tick = silent, *, use_model: bool = True
) -> SummaryCounts:
    """*wanted*: the ranks that the readers of each language were given. Without *use_model* no model is asked.

    Idempotent; after a kill the next call goes on from what was written.
    """
    entries = list(edition.entries.order_by("rank"))
    shown, imported = _shown(edition), storing.stored(edition, IMPORTED)
    vacant = [place for place in _places(entries, wanted, imported) if place not in shown]
    writers = writers_from_settings() if use_model else []
    deserving = _deserving(entries, wanted) if writers else []
    weak = _improvable(edition, [place for place in deserving if shown.get(place) == extractive.NAME])
    by_model = _by_model(edition)
    use = ModelUse(cache_hits=sum(place.key in by_model for place in deserving))
    if not vacant and not weak:
        return SummaryCounts(cached=len(entries), use=use)
    touched = {*vacant, *weak}
    keys = [place.key for place in deserving if place in touched and place.key not in by_model]
    if keys:
        asked = ask(writers, keys, tick)
        by_model |= asked.written
        use = replace(asked.use, cache_hits=use.cache_hits)
    _show(_choose(edition, vacant, by_model, imported, tick))
    _show({place: by_model[place.key] for place in weak if place.key in by_model}, instead=True)
    return _counted(entries, {place.entry_id for place in touched}, _shown(edition), imported, use)


def unwritten(edition: Edition, wanted: Mapping[str, Collection[int]]) -> list[Key]:
    """What `write` would ask a model for."""
    entries, shown, by_model = list(edition.entries.order_by("rank")), _shown(edition), _by_model(edition)
    deserving = _deserving(entries, wanted)
    weak = set(_improvable(edition, [place for place in deserving if shown.get(place) == extractive.NAME]))
    open_places = [place for place in deserving if place not in shown or place in weak]
    return [place.key for place in open_places if place.key not in by_model]


def _by_model(edition: Edition) -> dict[Key, int]:
    """The summaries of the configured models that are there, the best model's where several are."""
    found: dict[Key, int] = {}
    for name in reversed(model_names()):
        found |= storing.stored(edition, name, PROMPT_VERSION)
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


def _improvable(edition: Edition, places: Sequence[Place]) -> list[Place]:
    """Of the extractive *places* those that a model may still have: it was never asked (a rehearsal, an earlier and
    smaller circle of readers), and no letter has left, so that none would read differently on the web."""
    if not places or _letters_left(edition):
        return []
    owed = Backfill.objects.filter(version__entries__edition=edition).values_list("version_id", "language")
    asked = set(owed)
    return [place for place in places if place.key not in asked]


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
    there = {version: id for (version, _), id in storing.stored(edition, extractive.NAME).items()}
    missing = sorted(set(versions) - set(there))
    if not missing:
        return there
    storing.store_extractive(missing, tick)
    return {version: id for (version, _), id in storing.stored(edition, extractive.NAME).items()}


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
