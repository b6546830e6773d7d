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


def note_failure(reason: str, domain: str = "") -> None:
    """Write down that a letter could not leave for a reason of ours; with *domain* one that may concern only this one.

    Failures at two domains or more, with no letter that left between them, concern everybody.
    """
    now = timezone.now()
    MailOutage.objects.exclude(**_heard_of_lately(now)).delete()
    outage, began = MailOutage.objects.get_or_create(
        id=ONLY_ROW, defaults={"since": now, "last_failure_at": now, "reason": reason, "domain": domain}
    )
    if began:
        concerns_everybody = not domain
    else:
        concerns_everybody = outage.domain not in ("", domain)
        kept = "" if concerns_everybody else outage.domain
        MailOutage.objects.filter(id=outage.id).update(last_failure_at=now, reason=reason, domain=kept)
    if concerns_everybody:
        log.error("No account letter leaves: %s. Letters wait until that is mended.", reason)


def note_success() -> None:
    """Write down that a letter left."""
    MailOutage.objects.filter(id=ONLY_ROW).delete()


def find_outage(now: datetime | None = None) -> MailOutage | None:
    """Return the outage of this moment; None while letters leave."""
    now = now or timezone.now()
    return MailOutage.objects.filter(**_heard_of_lately(now), domain="").first()


def _heard_of_lately(now: datetime) -> dict[str, datetime]:
    return {"last_failure_at__gt": now - MAX_SILENCE, "last_failure_at__lt": now + MAX_SILENCE}
