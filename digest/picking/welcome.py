"""Plans the first letter of whoever has just confirmed, whatever the day of the week.

It has the best of the newest edition, or of the last days if that does not fill it. It is a row of the newest edition
like any other, so it counts as that day's letter: nobody gets both.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from digest.editions.load import load_contents
from digest.models import Delivery, Edition
from digest.picking import shown_papers
from digest.picking.deadlines import is_over
from digest.picking.earlier_entries import store_earlier_papers
from digest.picking.letter_chooser import LetterChooser
from digest.picking.planner import store_plan
from subscriptions import selectors

# Whoever confirmed longer ago gets the day's letters only.
NEWCOMER_AGE = timedelta(hours=1)
# On Monday before the day's edition the newest one is Friday's.
MAX_EDITION_AGE = timedelta(days=3)
# A first letter covers so many days with papers, not older than that.
MAX_EDITIONS = 3


@dataclass(frozen=True, slots=True)
class PlannedWelcome:
    """A first letter that waits to be sent."""

    edition: Edition
    delivery_id: int


def plan_welcomes(now: datetime) -> list[PlannedWelcome]:
    """Store the first letters of readers who confirmed lately and never had one; return those to be sent.

    Where the last days have nothing for a reader, a row of the newest edition says so.
    """
    newcomers = selectors.find_newly_confirmed_ids(now - NEWCOMER_AGE)
    if not newcomers:
        return []
    served = set(Delivery.objects.filter(subscriber__in=newcomers).values_list("subscriber_id", flat=True))
    readers = list(selectors.get_readers([key for key in newcomers if key not in served]).values())
    edition = _find_newest_edition(now) if readers else None
    if edition is None:
        return []
    chooser = LetterChooser(edition, load_contents(edition).papers, fills_interests=True)
    ids = [reader.id for reader in readers]
    choices = dict(zip(ids, chooser.choose_first_letters(_find_first_day(edition), readers), strict=True))
    exclusions = selectors.find_exclusions(ids, edition.day)
    with transaction.atomic():
        # Whoever plans the edition locks it: what is here now is all that is planned.
        locked = Edition.objects.select_for_update().get(id=edition.id)
        if locked.frozen_at != edition.frozen_at:  # it was rebuilt: the day's planning serves them
            return []
        if locked.is_packed:
            shown_papers.mark_changed(Edition.objects.filter(id=edition.id))
        rows = Delivery.objects.filter(edition=edition, subscriber__in=ids)
        planned = set(rows.values_list("subscriber_id", flat=True))
        new = [reader for reader in readers if reader.id not in planned]
        stored = store_earlier_papers(edition, [choices[reader.id] for reader in new], chooser.papers)
        store_plan(edition, new, stored, exclusions, now)
        to_send = rows.filter(state=Delivery.State.PENDING).exclude(subscriber__in=planned)
        deliveries = list(to_send.values_list("id", flat=True))
        to_send.update(kind=Delivery.Kind.WELCOME)
        if deliveries:
            edition.reopen_books()
    return [PlannedWelcome(edition, delivery_id) for delivery_id in deliveries]


def _find_newest_edition(now: datetime) -> Edition | None:
    """Return the edition that first letters are of, if one is new enough."""
    recent = Edition.objects.filter(frozen_at__gte=now - MAX_EDITION_AGE, paused=False).exclude(entries=None)
    return next((edition for edition in recent.order_by("-day") if not is_over(edition)), None)


def _find_first_day(edition: Edition) -> date:
    """Return the first of the days that a first letter covers."""
    last_days = (edition.day - MAX_EDITION_AGE, edition.day)
    editions = Edition.objects.filter(day__range=last_days, frozen_at__isnull=False).order_by("-day")
    return min(editions.values_list("day", flat=True)[:MAX_EDITIONS])
