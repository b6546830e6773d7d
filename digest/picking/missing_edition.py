"""Says that the edition of a working day is missing although readers are due: then nobody prepared the day."""

from datetime import UTC, datetime, time, timedelta
from functools import partial

from django.utils.translation import gettext as _

from digest.domain import Outlook
from digest.ingest.days_without_papers import explain_day_without_papers, find_installation_day
from digest.ingest.source_factory import listing_day
from digest.models import Edition, LedgerLine
from digest.picking import deadlines
from digest.picking.letter_days import LAST_PREPARATION
from subscriptions import selectors
from subscriptions.schedule import compute_due_time, find_due_groups, list_hour_groups

# From then (UTC) until LAST_PREPARATION the night prepares a day: see the crontab in the README.
FIRST_PREPARATION = time(5, 30, tzinfo=UTC)
# States of a day that arXiv was asked for and has not announced yet.
NOT_ANNOUNCED = {"open", "quiet"}


def describe_missing_edition(now: datetime) -> str:
    """Return what to do where the newest day that should be prepared by now has no edition, and readers are due.

    Empty where it has one, needs none, or where its letters would come too late. A day before the installation,
    or that arXiv has not announced yet, needs none.
    """
    day = listing_day()
    if now < datetime.combine(day, LAST_PREPARATION):
        day -= timedelta(days=1)
    begun = datetime.combine(day, FIRST_PREPARATION)
    if begun < deadlines.oldest_frozen_at(now) or Edition.objects.filter(day=day, frozen_at__isnull=False).exists():
        return ""
    due_at = partial(compute_due_time, frozen_at=begun)
    due = find_due_groups(list_hour_groups(selectors.list_timezones()), due_at, now)
    if day <= find_installation_day() or not selectors.find_due_ids(day, groups=due):
        return ""
    states = set(LedgerLine.objects.filter(day=day).values_list("state", flat=True))
    without_papers = explain_day_without_papers(day)
    if without_papers and (without_papers.outlook == Outlook.FINE or (states and states <= NOT_ANNOUNCED)):
        return ""
    if without_papers is None:
        advice = _("Do: python manage.py build_edition --date %s") % day
    elif day == listing_day():
        advice = _("Do: python manage.py prepare_day --date %s") % day
    else:
        advice = without_papers.words
    return _("There is no edition of %(day)s, although readers are due. %(advice)s") % {"day": day, "advice": advice}
