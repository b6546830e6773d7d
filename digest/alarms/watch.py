"""Looks at everything that needs the operator, tells them once of what is new, and once of what is over.

The scheduler does so, and each web process too, so that a scheduler that is dead is seen. Of all of them one has its
turn at a time.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from digest.alarms.conditions import Condition, find_conditions
from digest.alarms.signs_of_life import is_my_turn
from digest.alarms.standing import stop_doubled_letters
from digest.delivery import approval, operator_alerts
from digest.models import Alarm, Edition, SignOfLife

WATCH_INTERVAL = timedelta(minutes=2)
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
    conditions = {condition.key: condition for condition in find_conditions(now)}
    for alarm in find_alarms():
        if condition := conditions.pop(alarm.key, None):
            _renew(alarm, condition, now)
        else:
            _end(alarm, now)
    for condition in conditions.values():
        _begin(condition, now)
    _ping_for_good_day(now)


def find_alarms() -> QuerySet[Alarm]:
    """Return the alarms that are not over, the oldest first."""
    return Alarm.objects.filter(ended_at=None).order_by("began_at", "pk")


def _begin(condition: Condition, now: datetime) -> None:
    told_at = now if condition.is_told else None
    alarm, _is_new = Alarm.objects.get_or_create(
        key=condition.key,
        ended_at=None,
        defaults={"text": condition.text, "to_do": condition.to_do, "began_at": now, "told_at": told_at},
    )
    _tell(alarm, now)


def _renew(alarm: Alarm, condition: Condition, now: datetime) -> None:
    """Keep the newest words, and tell of it if nobody could be told before."""
    if (alarm.text, alarm.to_do) != (condition.text, condition.to_do):
        Alarm.objects.filter(pk=alarm.pk).update(text=condition.text, to_do=condition.to_do)
        alarm.text, alarm.to_do = condition.text, condition.to_do
    _tell(alarm, now)


def _tell(alarm: Alarm, now: datetime) -> None:
    """Tell the operator, unless somebody does or has. What nobody could be told is tried again at the next look."""
    untold = Alarm.objects.filter(pk=alarm.pk, told_at=None)
    if not untold.update(told_at=now):
        return
    subject = f"{settings.SITE_NAME}: {alarm.text}"
    if not operator_alerts.send_alert(subject, f"{alarm.text}\n\n{alarm.to_do}\n\n{_where_to_look()}\n"):
        Alarm.objects.filter(pk=alarm.pk).update(told_at=None)


def _end(alarm: Alarm, now: datetime) -> None:
    """Note that it is over, and say so to whoever was told of it."""
    if Alarm.objects.filter(pk=alarm.pk, ended_at=None).update(ended_at=now) and alarm.told_at:
        subject = _("%(site)s: over: %(text)s") % {"site": settings.SITE_NAME, "text": alarm.text}
        operator_alerts.send_alert(subject, _("It is over: %s") % alarm.text + "\n", is_over=not find_alarms().exists())


def _where_to_look() -> str:
    return _("More of it: %s") % f"{settings.SITE_URL}/admin/"


def _ping_for_good_day(now: datetime) -> None:
    """Ping the dead-man addresses of ALERT_URL once for each edition whose books closed while nothing was wrong."""
    newest = Edition.objects.filter(closed_at__isnull=False).order_by("-closed_at").first()
    if newest is None or newest.closed_at is None or find_alarms().exists():
        return
    row, is_new = SignOfLife.objects.get_or_create(name=GOOD_DAY, defaults={"at": newest.closed_at})
    later = SignOfLife.objects.filter(pk=row.pk, at__lt=newest.closed_at)
    if is_new or later.update(at=newest.closed_at):
        operator_alerts.ping_good_day()
