"""Two alarms that stop an edition: more letters left than there are readers, and an address that got two.

Neither can happen as far as we know. Should it, the rest of the edition must not go the same way.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import Lower
from django.utils.translation import ngettext

from digest.delivery import pause
from digest.models import Delivery, Edition, SignOfLife
from digest.picking import deadlines

# A letter that a drain saw accepted is in one of these: the last until its answer is written down.
LEFT = (Delivery.State.ACCEPTED, Delivery.State.UNCERTAIN, Delivery.State.SUBMITTING)


def stop_doubled_letters(now: datetime) -> None:
    """Pause each edition in which letters left twice, and tell the operator. One that they resumed goes on.

    It is paused again when still more letters leave twice.
    """
    for edition in Edition.objects.filter(deadlines.is_scheduled(now), paused=False, state="frozen"):
        for what, count, reason in _find_doubled_letters(edition):
            name = f"{what} {edition.id}/{count}"
            if not SignOfLife.objects.filter(name=name).exists():
                pause.pause_by_itself(edition, reason, now)
                # Only then: after a kill in between the next look pauses it.
                SignOfLife.objects.get_or_create(name=name, defaults={"at": now})
                pause.tell_operator(edition, now)


def _find_doubled_letters(edition: Edition) -> Iterator[tuple[str, int, str]]:
    """Yield what happened in a word, how often, and a reason to pause."""
    rows = Delivery.objects.filter(edition=edition, state__in=LEFT)
    surplus = edition.handed_over - rows.count() if edition.handed_over else 0
    if surplus > 0:
        text = ngettext(
            "%(count)d letter more was taken by the mail server than there are readers.",
            "%(count)d letters more were taken by the mail server than there are readers.",
            surplus,
        )
        yield "surplus", surplus, text % {"count": surplus}
    addresses = rows.filter(subscriber__isnull=False).values_list(Lower("subscriber__email")).order_by()
    doubled = addresses.annotate(letters=Count("id")).filter(letters__gt=1).count()
    if doubled:
        text = ngettext("%(count)d address got two letters.", "%(count)d addresses got two letters.", doubled)
        yield "twice", doubled, text % {"count": doubled}
