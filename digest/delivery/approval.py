"""Approval: with APPROVAL=1 an edition's letters wait for somebody's click until a deadline.

An edition that waits is paused, so that everything that knows of pauses knows of it. Whoever resumes it approves it.
When nobody does in time, it goes or stays as APPROVAL_DEFAULT says.
"""

from datetime import datetime

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from digest.delivery import operator_alerts, pause
from digest.delivery.outbox import OPEN_STATES
from digest.models import Delivery, Edition, EditionEntry

SEND = "send"


def ask_for_approval(edition: Edition, now: datetime) -> bool:
    """Let the edition's letters wait for approval, and tell the operator. Return False if it was asked for before.

    An edition of which a letter has left needs none any more.
    """
    if Delivery.objects.filter(edition=edition).exclude(state__in=(*OPEN_STATES, Delivery.State.EXCLUDED)).exists():
        return False
    approve_by = now + settings.APPROVAL_WINDOW
    rows = Edition.objects.filter(id=edition.id, approval="", frozen_at__isnull=False)
    if not rows.update(approval="asked", approve_by=approve_by):
        return False
    until = f"{localtime(approve_by):%Y-%m-%d %H:%M %Z}"
    pause.pause_edition(edition, _("It waits for approval until %s.") % until, now)
    goes = settings.APPROVAL_DEFAULT == SEND
    then = _("Then it goes by itself.") if goes else _("Then it stays until you let it go.")
    papers = EditionEntry.objects.of_the_day().filter(edition=edition).count()
    lines = [
        _("The edition of %(day)s has %(papers)d papers and waits for your approval until %(until)s. %(then)s")
        % {"day": edition.day, "papers": papers, "until": until, "then": then},
        _("Look at it: %s") % f"{settings.SITE_URL}/editions/{edition.day}/",
        _("Let it go: %(site)s/admin/ or python manage.py approve_edition --date %(day)s")
        % {"site": settings.SITE_URL, "day": edition.day},
    ]
    subject = _("%(site)s: the edition of %(day)s waits for approval")
    words = {"site": settings.SITE_NAME, "day": edition.day}
    operator_alerts.send_alert(subject % words, "\n\n".join(lines) + "\n")
    return True


def settle_approvals(now: datetime) -> None:
    """End the waiting of editions that nobody approved in time. Of several processes one does."""
    for edition in Edition.objects.filter(approval="asked", approve_by__lte=now):
        if not Edition.objects.filter(id=edition.id, approval="asked").update(approval="lapsed"):
            continue
        if settings.APPROVAL_DEFAULT == SEND:
            pause.resume_edition(edition, now)
        else:
            pause.pause_edition(edition, _("Nobody approved it in time."), now)
            pause.tell_again(edition, now)
