"""Says why nothing of a day is stored, and what can be done about it.

On a weekend, on a US holiday, on a day to come and before the installation nobody needs to do anything. Only a day that
arXiv may have announced, and that nobody has read, needs somebody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils import formats
from django.utils.translation import gettext as _

from digest.domain import Outlook
from digest.ingest.arxiv_holidays import is_holiday, is_without_listing
from digest.ingest.source_factory import listing_day
from digest.models import Announcement, LedgerLine, Run
from digest.sources.arxiv.announcement_schedule import EASTERN

FRIDAY = 4


@dataclass(frozen=True, slots=True)
class DayWithoutPapers:
    """Why nothing of a day is stored."""

    # weekend, holiday, to_come, before_installation, quiet, rejected; open while it may still come in.
    state: str
    outlook: Outlook
    # What is so, and what to do about it, in sentences.
    words: str

    def as_json(self) -> dict[str, str]:
        """Return the explanation as it is stored in the report of a run."""
        return {"state": self.state, "outlook": self.outlook, "words": self.words}


def explain_day_without_papers(day: date) -> DayWithoutPapers | None:
    """Return why nothing of *day* is stored; None if something is."""
    if Announcement.objects.filter(day=day).exists():
        return None
    states = set(LedgerLine.objects.filter(day=day).values_list("state", flat=True))
    is_rejected = LedgerLine.objects.filter(day=day, rejected__gt=0).exists()
    return explain_day(day, states, today=listing_day(), installed=find_installation_day(), is_rejected=is_rejected)


def explain_day(
    day: date, states: Collection[str], *, today: date, installed: date, is_rejected: bool = False
) -> DayWithoutPapers:
    """Return why nothing of *day* is stored. *states* are those of its ledger lines; empty where nobody read it."""
    values = {"day": day, "weekday": formats.date_format(day, "l"), "installed": installed}
    is_read = bool(states) and set(states) <= LedgerLine.SETTLED_STATES
    if is_rejected:
        text = _(
            "Nothing that was announced on %(day)s could be stored. Why says: python manage.py ledger --date %(day)s"
        )
        return DayWithoutPapers("rejected", Outlook.ACT, text % values)
    if day.weekday() > FRIDAY:
        text = _("%(day)s is a %(weekday)s: arXiv announces nothing on weekends. There is nothing to do.")
        return DayWithoutPapers("weekend", Outlook.FINE, text % values)
    if is_without_listing(day):
        text = _("The evening before %(day)s was a US holiday: arXiv announced nothing. There is nothing to do.")
        return DayWithoutPapers("holiday", Outlook.FINE, text % values)
    if is_holiday(day):
        text = _("%(day)s is a US holiday: arXiv may announce nothing. What it does announce comes with the next run.")
        return DayWithoutPapers("holiday", Outlook.FINE, text % values)
    if day > today:
        text = _("%(day)s is still to come: arXiv has announced nothing of it.")
        return DayWithoutPapers("to_come", Outlook.WAIT, text % values)
    if day == today:
        return DayWithoutPapers("open", Outlook.WAIT, _explain_today(states) % values)
    if is_read:
        text = _("arXiv was asked and has nothing of %(day)s that is not known already. There is nothing to do.")
        return DayWithoutPapers("quiet", Outlook.FINE, text % values)
    if day < installed and not states:
        text = _("%(day)s lies before the installation, which was on %(installed)s. There is nothing to do.")
        return DayWithoutPapers("before_installation", Outlook.FINE, text % values)
    if states:
        text = _(
            "What arXiv announced on %(day)s could not be read."
            " Do: python manage.py backfill_papers --from %(day)s --to %(day)s"
        )
    else:
        text = _(
            "Nobody has read what arXiv announced on %(day)s."
            " Do: python manage.py backfill_papers --from %(day)s --to %(day)s"
        )
    return DayWithoutPapers("open", Outlook.ACT, text % values)


def find_installation_day() -> date:
    """Return the day, in US Eastern time, on which the tables were made, or of the first run if that is earlier."""
    made = MigrationRecorder(connection).migration_qs.filter(app="digest").aggregate(first=Min("applied"))["first"]
    first_run = Run.objects.aggregate(first=Min("started_at"))["first"]
    moments = [moment.astimezone(EASTERN).date() for moment in (made, first_run) if moment]
    return min(moments, default=listing_day())


def _explain_today(states: Collection[str]) -> str:
    if not states:
        return _(
            "Nobody has asked arXiv for %(day)s, which is today. The scheduler does; by hand:"
            " python manage.py run_daily --date %(day)s"
        )
    if set(states) <= {"open", "quiet"}:
        return _(
            "arXiv has announced nothing for %(day)s yet, which is today. The scheduler asks again; by hand:"
            " python manage.py run_daily --date %(day)s"
        )
    return _(
        "What arXiv announced on %(day)s, which is today, could not be read. The scheduler tries again; by hand:"
        " python manage.py run_daily --date %(day)s"
    )
