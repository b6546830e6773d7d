"""Reads dates and times in the many forms in which services write them."""

import re
from datetime import UTC, datetime, timedelta

from django.utils import timezone

EARLIEST_MOMENT = datetime(1990, 1, 1, tzinfo=UTC)

# What services write where there is no moment.
NO_MOMENT = frozenset(
    {"", "null", "none", "nil", "nan", "nat", "n/a", "na", "n a", "\\n", "-", "–", "—", "never", "undefined"}
)
# MySQL and Go write zeros, in any precision: 0000-00-00 00:00:00, 0001-01-01T00:00:00Z.
ZERO_MOMENT = re.compile(
    r"(0000[-/ ]00[-/ ]00|0001[-/ ]01[-/ ]01)([t ]00[: ]00([: ]00([., ]0+)?)?)?( ?(z|utc|\+0000|\+00[: ]?00))*"
)

# A month before a day is tried too, and the later of both counts: nobody consented earlier than is shown.
DATE_FORMATS = (
    *("%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%m-%d-%Y"),
    *("%d-%m-%Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%a %b %d %Y"),
    *("%a, %d %b %Y", "%A, %B %d, %Y", "%Y年%m月%d日"),
)
TIME = re.compile(r"[ ,T]+(?:at )?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)? ?([AaPp]\.?[Mm]\.?)?$")


def is_no_moment(text: str) -> bool:
    """Return whether a cell says that there is no moment: it is empty, a zero, or a word such as NULL."""
    word = text.strip().casefold()
    return word in NO_MOMENT or bool(ZERO_MOMENT.fullmatch(word))


def parse_moments(value: object) -> list[datetime]:
    """Return the moments that a cell can mean, in UTC where it names no time zone; none if it is no moment.

    07/08/2024 can mean two. Numbers are seconds or milliseconds since 1970.
    """
    text = " ".join(str(value).split())[:60]
    if is_no_moment(text) or isinstance(value, bool):
        return []
    if re.fullmatch(r"1\d{9}(\.\d+)?|1\d{12}", text):
        return [datetime.fromtimestamp(float(text) / (1000 if len(text) == 13 and text.isdigit() else 1), UTC)]
    # Go writes both, PostgreSQL the short one: 2023-01-02 10:00:00.5 +0000 UTC.
    iso = re.sub(r" ?(UTC|GMT)$", "+00:00", re.sub(r" ?([+-]\d\d):?(\d\d)( [A-Z]{3,4})?$", r"\1:\2", text))
    try:
        return [_in_utc(datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", iso)))]
    except (ValueError, OverflowError):
        pass
    text = re.sub(r"(:\d\d(?: [AaPp][Mm])?) ?(?:UTC|GMT|Z)?(?: ?[+-]\d\d:?\d\d)?(?: \([^)]*\))?$", r"\1", text)
    clock = TIME.search(text)
    day = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", text[: clock.start()] if clock else text)
    return [moment for form in DATE_FORMATS if (moment := _parse(day, form, clock)) is not None]


def parse_past_moment(value: object) -> datetime | None:
    """Return the moment of a cell, the later one where it can mean two; None if it is none of the last decades."""
    latest = timezone.now() + timedelta(days=1)
    return max((moment for moment in parse_moments(value) if EARLIEST_MOMENT <= moment <= latest), default=None)


def _parse(day: str, form: str, clock: re.Match[str] | None) -> datetime | None:
    try:
        moment = datetime.strptime(day, form).replace(tzinfo=UTC)
        if clock is None:
            return moment
        hour, half = int(clock[1]), (clock[4] or "").lower()[:1]
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        return moment.replace(hour=hour, minute=int(clock[2]), second=int(clock[3] or 0))
    except (ValueError, OverflowError):
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
