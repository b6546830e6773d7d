"""Looks at everything that needs the operator, tells them once of what is new, and once of what is over.

The scheduler does so, and each web process too, so that a scheduler that is dead is seen. Of all of them one has its
turn at a time.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from digest.alarms.conditions import Condition, find_conditions
from digest.alarms.doubled_letters import stop_doubled_letters
from digest.alarms.signs_of_life import is_my_turn
from digest.delivery import approval, operator_alerts
from digest.models import Alarm, Edition, SignOfLife

WATCH_INTERVAL = timedelta(minutes=2)
# What comes and goes within this time is one alarm.
CLEAR_AFTER = timedelta(minutes=10)
# Whoever began to tell of an alarm so long ago was killed.
TRY_AGAIN_AFTER = timedelta(minutes=5)
# The name under which the last good day is noted.
GOOD_DAY = "good day"


def watch(now: datetime) -> None:
    """Tell the operator what is new, if nobody has looked since WATCH_INTERVAL."""
    if is_my_turn("watch", now, WATCH_INTERVAL):
        update_alarms(now)


def update_alarms(now: datetime) -> None:
    """Compare what needs the operator now with what they know. Tell them what is new and what is over."""
    approval.settle_approvals(now)
    stop_doubled_letters(now)
    found, unknown = find_conditions(now)
    for condition in found:
        _note(condition, now)
    # Whatever could not be looked at may well last.
    lasting = Q(key__in=[condition.key for condition in found])
    for kind in unknown:
        lasting |= Q(key__startswith=kind)
    find_alarms().filter(lasting).update(seen_at=now)
    find_alarms().filter(seen_at__lte=now - CLEAR_AFTER).update(ended_at=now, tried_at=None)
    for alarm in Alarm.objects.filter(Q(told_at=None) | Q(ended_at__isnull=False), end_told_at=None).order_by("pk"):
        _tell(alarm, now)
    _ping_for_good_day()


def find_alarms() -> QuerySet[Alarm]:
    """Return the alarms that are not over, the oldest first."""
    return Alarm.objects.filter(ended_at=None).order_by("began_at", "pk")


def _note(condition: Condition, now: datetime) -> None:
    """Write down what needs the operator, or the newest words of it."""
    words = {"text": condition.text, "to_do": condition.to_do}
    moments = {"began_at": now, "seen_at": now, "told_at": now if condition.is_told else None}
    alarm, is_new = Alarm.objects.get_or_create(key=condition.key, ended_at=None, defaults={**words, **moments})
    if not is_new and (alarm.text, alarm.to_do) != (condition.text, condition.to_do):
        Alarm.objects.filter(pk=alarm.pk).update(**words)
    if condition.is_told:
        Alarm.objects.filter(pk=alarm.pk, told_at=None).update(told_at=now)


def _tell(alarm: Alarm, now: datetime) -> None:
    """Tell the operator that an alarm began, or that it is over, unless somebody else is just doing so.

    What reached nobody, or was cut off by a kill, is tried again.
    """
    if alarm.ended_at and not alarm.told_at:
        Alarm.objects.filter(pk=alarm.pk).update(end_told_at=now)  # nobody knows that it began
        return
    free = Q(tried_at=None) | Q(tried_at__lte=now - TRY_AGAIN_AFTER) | Q(tried_at__gt=now + TRY_AGAIN_AFTER)
    if not Alarm.objects.filter(free, pk=alarm.pk, end_told_at=None).update(tried_at=now):
        return
    if _send(alarm):
        Alarm.objects.filter(pk=alarm.pk).update(**{"end_told_at" if alarm.ended_at else "told_at": now}, tried_at=None)


def _send(alarm: Alarm) -> bool:
    if alarm.ended_at:
        subject = _("%(site)s: over: %(text)s") % {"site": settings.SITE_NAME, "text": alarm.text}
        body = _("It is over: %s") % alarm.text + "\n"
        return operator_alerts.send_alert(subject, body, is_over=not find_alarms().exists())
    more = _("More of it: %s") % f"{settings.SITE_URL}/admin/"
    body = f"{alarm.text}\n\n{alarm.to_do}\n\n{more}\n"
    return operator_alerts.send_alert(f"{settings.SITE_NAME}: {alarm.text}", body)


def _ping_for_good_day() -> None:
    """Ping the dead-man addresses of ALERT_URL once for each edition whose books closed while nothing was wrong."""
    newest = Edition.objects.filter(closed_at__isnull=False).order_by("-closed_at").first()
    if newest is None or newest.closed_at is None or find_alarms().exists():
        return
    pinged = SignOfLife.objects.filter(name=GOOD_DAY).first()
    if (pinged is None or pinged.at < newest.closed_at) and operator_alerts.ping_good_day():
        SignOfLife.objects.update_or_create(name=GOOD_DAY, defaults={"at": newest.closed_at})
