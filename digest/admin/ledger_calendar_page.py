"""The ledger in the operator's window: a calendar of weeks, each day leading to its lines."""

from datetime import date, timedelta

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from digest.dates import FIRST_DAY
from digest.ingest.ledger_calendar import load_weeks
from digest.ingest.source_factory import listing_day

WEEKS = 13
SPAN = timedelta(weeks=WEEKS)
# A day of the last week on the page that begins with arXiv's first week.
EARLIEST_LAST_DAY = FIRST_DAY + SPAN - timedelta(weeks=1)


def calendar(request: HttpRequest) -> HttpResponse:
    today = listing_day()
    last = _day(request.GET.get("until", ""), today)
    context = {
        **admin.site.each_context(request),
        "title": _("Ledger, by week"),
        "weeks": load_weeks(last, WEEKS),
        "today": today,
        "earlier": max(last - SPAN, EARLIEST_LAST_DAY),
        "later": min(last + SPAN, today) if last < today else None,
    }
    return TemplateResponse(request, "admin/ledger_calendar.html", context)


def _day(text: str, today: date) -> date:
    """Parse a day. What makes no sense means today."""
    try:
        return min(max(date.fromisoformat(text), EARLIEST_LAST_DAY), today)
    except ValueError:
        return today
