"""Whether short letters leave at the moment: the last attempts failed for reasons of ours, or the last one did not.

All processes share one row: the web process tells people that mail is late, whoever tried to send.
"""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from subscriptions.models import MailOutage

log = logging.getLogger(__name__)

# An outage of which nothing was heard for so long says nothing of now. Waiting letters are tried more often.
MAX_SILENCE = timedelta(hours=1)
ONLY_ROW = 1


def note_failure(reason: str) -> None:
    """Write down that a letter could not leave for a reason of ours."""
    now = timezone.now()
    outage, began = MailOutage.objects.get_or_create(
        id=ONLY_ROW, defaults={"since": now, "last_failure_at": now, "reason": reason}
    )
    if began:
        log.error("No account letter leaves: %s. Letters wait until that is mended.", reason)
    else:
        MailOutage.objects.filter(id=outage.id).update(last_failure_at=now, reason=reason)


def note_success() -> None:
    """Write down that a letter left."""
    MailOutage.objects.filter(id=ONLY_ROW).delete()


def find_outage(now: datetime | None = None) -> MailOutage | None:
    """Return the outage of this moment; None while letters leave."""
    now = now or timezone.now()
    heard_of_lately = {"last_failure_at__gt": now - MAX_SILENCE, "last_failure_at__lt": now + MAX_SILENCE}
    return MailOutage.objects.filter(**heard_of_lately).first()
