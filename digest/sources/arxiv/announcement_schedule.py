"""When arXiv announces what was submitted. https://info.arxiv.org/help/availability.html"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# The time zone in which arXiv dates its listings.
EASTERN = ZoneInfo("America/New_York")
# Submissions received by then are announced at 20:00 of the same day, on Fridays not before Sunday 20:00.
SUBMISSION_DEADLINE = time(14)
# By weekday of the listing (Monday is 0): how many days before it the submission window opens and closes.
WINDOW_DAYS_BACK = {0: (4, 3), 1: (4, 1), 2: (2, 1), 3: (2, 1), 4: (2, 1)}
FRIDAY = 4

# From (included) and to (excluded), in UTC.
SubmissionWindow = tuple[datetime, datetime]


def submission_window_of(day: date) -> SubmissionWindow | None:
    """Return when the papers of *day*'s listing were submitted; None on weekends, which have no listing.

    On a US holiday nothing is announced, and the API shows the window's papers only after the next announcement.
    """
    if day.weekday() not in WINDOW_DAYS_BACK:
        return None
    opens, closes = WINDOW_DAYS_BACK[day.weekday()]
    return _deadline_of(day - timedelta(days=opens)), _deadline_of(day - timedelta(days=closes))


def _deadline_of(day: date) -> datetime:
    return datetime.combine(day, SUBMISSION_DEADLINE, EASTERN).astimezone(UTC)


def announcement_day(submitted: datetime) -> date:
    """Return the day of the listing in whose window *submitted* falls: the inverse of `submission_window_of`.

    An estimate: moderation holds some papers back, and after a holiday two windows are announced together.
    """
    local = submitted.astimezone(EASTERN)
    closes = local.date() + timedelta(days=local.time() >= SUBMISSION_DEADLINE)
    closes += timedelta(days=7 - closes.weekday() if closes.weekday() > FRIDAY else 0)
    return closes + timedelta(days=3 if closes.weekday() == FRIDAY else 1)
