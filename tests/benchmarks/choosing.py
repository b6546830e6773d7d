"""From stored subscribers to what each of them gets: read, matched, ranked, picked, in one process."""

from typing import Any

from tests.benchmarks import population
from tests.benchmarks.measuring import Watch, measured

CHUNK = 1000


def choose() -> dict[str, Any]:
    """Papers for every reader, without letters. `us_per_reader` is of a processor, the day's index left aside."""
    population.set_up()
    from digest.editions.load import load_contents
    from digest.infra.gc_tuning import collect_seldom
    from digest.models import Edition
    from digest.picking.choose import choose_for_readers
    from digest.picking.sent_history import find_repeats
    from digest.ranking.matching.day_index import DayIndex
    from subscriptions import selectors

    preparing, reading, choosing, readers, after = Watch(), Watch(), Watch(), 0, 0
    edition = Edition.objects.get(day=population.DAY)
    with measured(preparing):
        index = DayIndex(load_contents(edition).papers)
        known = find_repeats(edition, index)
    with collect_seldom():
        while True:
            with measured(reading):
                found = selectors.find_due_readers(population.DAY, after_id=after, limit=CHUNK)
            if not found:
                break
            with measured(choosing):
                choose_for_readers(edition, index, found, known)
            readers, after = readers + len(found), found[-1].id
    whole = Watch(preparing.seconds + reading.seconds + choosing.seconds, preparing.cpu + reading.cpu + choosing.cpu)
    return {
        **whole.figures(readers),
        "prepare_seconds": round(preparing.seconds, 3),
        "us_reading": round(reading.cpu / max(readers, 1) * 1e6, 1),
        "us_choosing": round(choosing.cpu / max(readers, 1) * 1e6, 1),
    }
