"""Outages: the mail server takes nobody's letter, and an operator should see why.

It cannot be reached, or it lets nobody in, or it refuses our sender. A drain that finds it so writes that down on its
edition; the first letter that is accepted ends it for all editions, as they share the server.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery import operator_alerts
from digest.delivery.outbox import OPEN_STATES
from digest.delivery.outcomes.classify import clean_reason
from digest.models import Delivery, Edition
from digest.sentences import join_reasons

# The operator is not told again of a mail server that is down before so long has passed.
ALERT_INTERVAL = timedelta(hours=6)


def begin_outage(edition: Edition, reason: str, now: datetime) -> None:
    """Write down that the mail server took nobody's letter, and its last words. Since when it is so stays."""
    rows = Edition.objects.filter(id=edition.id)
    rows.update(down_since=Coalesce("down_since", Value(now)), down_reason=clean_reason(reason))


def end_outages() -> None:
    """Write down that the mail server takes letters."""
    Edition.objects.filter(down_since__isnull=False).update(down_since=None, down_reason="")


def find_outages() -> QuerySet[Edition]:
    """Return the editions whose letters wait for a mail server that takes none. A paused one waits for its operator."""
    waiting = Delivery.objects.filter(edition=OuterRef("pk"), state__in=OPEN_STATES)
    return Edition.objects.filter(Exists(waiting), down_since__isnull=False, paused=False).order_by("day")


def find_outage(edition_id: int) -> str:
    """Return since when the mail server takes nobody's letter, and why, read from the database now; empty if it does.

    That is so also while no letter waits.
    """
    edition = Edition.objects.filter(id=edition_id, down_since__isnull=False, paused=False).first()
    return _describe_cause(edition) if edition else ""


def describe_outage(edition: Edition) -> list[str]:
    """Return since when the mail server takes nobody's letter, why, how many wait, and what to do."""
    waiting = Delivery.objects.filter(edition=edition, state__in=OPEN_STATES).count()
    return [
        _describe_cause(edition),
        _("Of %(day)s: %(waiting)s")
        % {"day": edition.day, "waiting": ngettext("%d letter waits.", "%d letters wait.", waiting) % waiting},
        _("What to do: %s") % what_to_do(),
    ]


def what_to_do() -> str:
    """Return what an operator can do about an outage."""
    return _(
        "See whether the mail server is up, and whether EMAIL_URL and FROM_EMAIL are what it wants."
        " The letters go by themselves once it takes them, until DELIVERY_WINDOW is over."
    )


def tell_of_outage(edition: Edition, now: datetime) -> None:
    """Tell the operator by mail that the mail server takes nobody's letter, at most once in ALERT_INTERVAL."""
    untold = Q(alerted_at=None) | Q(alerted_at__lt=now - ALERT_INTERVAL)
    down = Edition.objects.filter(id=edition.id, paused=False, down_since__isnull=False)
    if down.filter(untold).update(alerted_at=now):
        subject = _("%(site)s: the letters of %(day)s cannot leave") % {"site": settings.SITE_NAME, "day": edition.day}
        lines = describe_outage(Edition.objects.get(id=edition.id))
        if not operator_alerts.send_alert(subject, "\n\n".join(lines) + "\n"):
            Edition.objects.filter(id=edition.id).update(alerted_at=None)


def _describe_cause(edition: Edition) -> str:
    since = f"{localtime(edition.down_since):%Y-%m-%d %H:%M %Z}" if edition.down_since else _("an unknown time")
    what = _("The mail server has taken no letter since %(since)s: %(reason)s")
    return join_reasons([what % {"since": since, "reason": edition.down_reason or _("no reason given")}])
