"""The calendar of editions: a year by months, the newest first, with the number of new papers of each day."""

from calendar import Calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.web import selectors
from subscriptions.page_cache import public_page

# Any week: its days name the columns.
_A_WEEK = Calendar().monthdatescalendar(2024, 1)[0]


@dataclass(frozen=True, slots=True)
class MonthCell:
    """A place in the table of a month."""

    # None before the first day of the month and behind its last one.
    day: date | None
    # How many new papers the edition of that day has; None where there is no edition.
    new: int | None = None


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    weeks: Sequence[Sequence[MonthCell]]


@require_safe
@public_page()
def show_calendar(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """Show the days of a year that have an edition; without *year* those of the newest one."""
    years = selectors.list_years()
    if year is not None and year not in years:
        raise Http404(_("There is no edition of that year."))
    if not years:
        return render(request, "digest/no_edition.html")
    shown = years[0] if year is None else year
    context = {
        "year": shown,
        "years": years,
        "weekdays": _A_WEEK,
        "months": list(_list_months(shown, selectors.count_new_papers(shown))),
    }
    return render(request, "digest/calendar.html", context)


def _list_months(year: int, new_papers: Mapping[date, int]) -> Iterator[Month]:
    """Yield the months from the last one with an edition back to the first."""
    months = {day.month for day in new_papers}
    for month in range(max(months, default=0), min(months, default=1) - 1, -1):
        weeks = Calendar().monthdatescalendar(year, month)
        yield Month(
            date(year, month, 1),
            [
                [MonthCell(day, new_papers.get(day)) if day.month == month else MonthCell(None) for day in week]
                for week in weeks
            ],
        )
