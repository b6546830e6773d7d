"""Plans the first letter of whoever has just confirmed: the best of the newest edition, whatever the day of the week.

It is a row of the edition like any other, so it counts as that day's letter: nobody gets both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from digest.domain import Choice
from digest.editions.load import load_contents
from digest.models import Delivery, Edition
from digest.picking import shown_papers
from digest.picking.choose import EditionChooser
from digest.picking.deadlines import is_over
from digest.picking.planner import NO_CHOICE, store_plan
from subscriptions import selectors
from subscriptions.reader import Reader

# Whoever confirmed longer ago gets the day's letters only.
NEWCOMER_AGE = timedelta(hours=1)
# On Monday before the day's edition the newest one is Friday's.
MAX_EDITION_AGE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class PlannedWelcome:
    edition: Edition
    delivery_id: int


def plan_welcomes(now: datetime) -> list[PlannedWelcome]:
    """Store the first letters of readers who confirmed lately and never had one; return those to be sent.

    A reader whom the newest edition has nothing for gets the newest one that has. Where there is none, a row of the
    newest edition says so.
    """
    newcomers = selectors.find_newly_confirmed_ids(now - NEWCOMER_AGE)
    if not newcomers:
        return []
    served = set(Delivery.objects.filter(subscriber__in=newcomers).values_list("subscriber_id", flat=True))
    readers = list(selectors.get_readers([key for key in newcomers if key not in served]).values())
    welcomes: list[PlannedWelcome] = []
    editions = _find_recent_editions(now) if readers else []
    for edition in editions:
        if not readers:
            break
        planned = _plan_edition(edition, readers, now)
        welcomes += [welcome for welcome in planned.values() if welcome]
        readers = [reader for reader in readers if reader.id not in planned]
    if editions and readers:
        _store(editions[0], readers, dict.fromkeys((reader.id for reader in readers), NO_CHOICE), now)
    return welcomes


def _find_recent_editions(now: datetime) -> list[Edition]:
    """Return the editions that a first letter may be of, the newest first."""
    recent = Edition.objects.filter(frozen_at__gte=now - MAX_EDITION_AGE, paused=False).exclude(entries=None)
    editions = [edition for edition in recent.order_by("-day") if not is_over(edition)]
    # Days gone by that were brought in late have been frozen lately, too.
    return [edition for edition in editions if editions[0].day - edition.day <= MAX_EDITION_AGE]


def _plan_edition(edition: Edition, readers: Sequence[Reader], now: datetime) -> dict[int, PlannedWelcome | None]:
    """Store the first letters of readers whom the edition has papers for. None stands for one who has a row already."""
    chooser = EditionChooser(edition, load_contents(edition).papers, fills_interests=True)
    choices = dict(zip((reader.id for reader in readers), chooser.choose(readers), strict=True))
    return _store(edition, [reader for reader in readers if choices[reader.id].picks], choices, now)


def _store(
    edition: Edition, readers: Sequence[Reader], choices: Mapping[int, Choice], now: datetime
) -> dict[int, PlannedWelcome | None]:
    """Store rows, and return those to be sent by reader; None for readers who need none any more."""
    ids = [reader.id for reader in readers]
    exclusions = selectors.find_exclusions(ids, edition.day)
    with transaction.atomic():
        # Whoever plans the edition locks it: what is here now is all that is planned.
        locked = Edition.objects.select_for_update().get(id=edition.id)
        if locked.frozen_at != edition.frozen_at:  # it was rebuilt: the day's planning serves them
            return dict.fromkeys(ids)
        if locked.is_packed:
            shown_papers.mark_changed(Edition.objects.filter(id=edition.id))
        rows = Delivery.objects.filter(edition=edition, subscriber__in=ids)
        planned = set(rows.values_list("subscriber_id", flat=True))
        new = [reader for reader in readers if reader.id not in planned]
        store_plan(edition, new, [choices[reader.id] for reader in new], exclusions, now)
        to_send = rows.filter(state=Delivery.State.PENDING).exclude(subscriber__in=planned)
        deliveries = dict(to_send.values_list("subscriber_id", "id"))
        to_send.update(kind=Delivery.Kind.WELCOME)
        if deliveries:
            edition.reopen_books()
    return {key: PlannedWelcome(edition, deliveries[key]) if key in deliveries else None for key in ids}
