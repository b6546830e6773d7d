"""Two alarms that stop an edition: more letters left than there are readers, and an address that got two.

Neither can happen as far as we know. Should it, the rest of the edition must not go the same way.
"""

from datetime import datetime

from django.db.models import Count
from django.db.models.functions import Lower
from django.utils.translation import ngettext

from digest.delivery import pause
from digest.models import Delivery, Edition
from digest.picking import deadlines

# A letter that a drain saw accepted is in one of these: the last until its answer is written down.
LEFT = (Delivery.State.ACCEPTED, Delivery.State.UNCERTAIN, Delivery.State.SUBMITTING)


def stop_doubled_letters(now: datetime) -> None:
    """Pause each edition in which letters left twice, and tell the operator. One that they resumed goes on.

    It is paused again when still more letters leave twice.
    """
    for edition in Edition.objects.filter(deadlines.is_scheduled(now), paused=False, state="frozen"):
        count, reason = _count_doubled_letters(edition)
        if count > edition.doubled:
            pause.pause_by_itself(edition, reason, now)
            # Only then: after a kill in between the next look pauses it.
            Edition.objects.filter(id=edition.id).update(doubled=count)
            pause.tell_operator(edition, now)


def _count_doubled_letters(edition: Edition) -> tuple[int, str]:
    """Return how many letters left twice, as far as either way to count them knows, and a reason to pause."""
    rows = Delivery.objects.filter(edition=edition, state__in=LEFT)
    surplus = edition.handed_over - rows.count() if edition.handed_over else 0
    addresses = rows.filter(subscriber__isnull=False).values_list(Lower("subscriber__email")).order_by()
    twice = addresses.annotate(letters=Count("id")).filter(letters__gt=1).count()
    if twice >= surplus:
        text = ngettext("%(count)d address got two letters.", "%(count)d addresses got two letters.", twice)
        return twice, text % {"count": twice}
    text = ngettext(
        "%(count)d letter more was taken by the mail server than there are readers.",
        "%(count)d letters more were taken by the mail server than there are readers.",
        surplus,
    )
    return surplus, text % {"count": surplus}
