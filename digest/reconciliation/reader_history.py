"""Says of each of a reader's last days whether their letter went out, and if not why, also where no row exists."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from digest.ingest.arxiv_holidays import is_holiday, is_without_listing
from digest.models import Delivery, DeliveryEvent, Edition
from digest.picking.deadlines import delivery_window
from digest.picking.letter_days import find_letter_day, list_letter_days
from digest.reconciliation.explanations import describe_reason
from subscriptions.schedule import find_next_letter_time
from subscriptions.selectors import find_exclusions

HISTORY_DAYS = 30
SATURDAY = 5
State = Delivery.State


class PersonState(NamedTuple):
    """What decides whether somebody gets letters."""

    id: int
    # Bits, Monday is 1.
    days: int
    timezone: str
    hour: int
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None
    paused_until: date | None


@dataclass(frozen=True, slots=True)
class LetterOfDay:
    """What became of a reader's letter of a day."""

    day: date
    # Empty where no letter was made.
    delivery: Delivery | None
    words: str
    # What the provider told of it, the first thing first.
    events: tuple[DeliveryEvent, ...] = ()


def tell_history(person: PersonState, now: datetime, days: int = HISTORY_DAYS) -> list[LetterOfDay]:
    """Return the last *days*, the newest first, each with the letter or the true reason why there is none.

    It takes four queries, however many letters and readers there are.
    """
    today = now.date()
    first = today - timedelta(days=days - 1)
    editions = {edition.day: edition for edition in Edition.objects.filter(day__gte=first).order_by("day")}
    rows = Delivery.objects.filter(edition__in=editions.values(), subscriber=person.id)
    letters = {row.edition_id: row for row in rows.defer("picks", "notices", "news", "relations")}
    events = _load_events(letters.values())
    excluded = find_exclusions([person.id], today).get(person.id, "")
    return [
        _tell_day(day, editions.get(day), letters, events, person, excluded, now)
        for day in (today - timedelta(days=ago) for ago in range(days))
    ]


def _load_events(letters: Collection[Delivery]) -> dict[int, tuple[DeliveryEvent, ...]]:
    events = DeliveryEvent.objects.filter(delivery__in=[row.pk for row in letters]).order_by("delivery_id", "pk")
    return {key: tuple(several) for key, several in groupby(events, lambda event: event.delivery_id)}


def _tell_day(
    day: date,
    edition: Edition | None,
    letters: dict[int, Delivery],
    events: dict[int, tuple[DeliveryEvent, ...]],
    person: PersonState,
    excluded: str,
    now: datetime,
) -> LetterOfDay:
    if edition is None:
        return LetterOfDay(day, None, _explain_no_edition(day))
    if letter := letters.get(edition.pk):
        words = ". ".join(_describe_letter(letter, edition))
        return LetterOfDay(day, letter, words, events.get(letter.pk, ()))
    return LetterOfDay(day, None, _explain_no_letter(edition, person, excluded, now))


def _explain_no_edition(day: date) -> str:
    if day.weekday() >= SATURDAY:
        return _("arXiv announces nothing on weekends")
    if is_holiday(day) or is_without_listing(day):
        return _("A US holiday: arXiv announced nothing")
    return _("There is no edition of that day")


def _describe_letter(letter: Delivery, edition: Edition) -> Iterator[str]:
    match letter.state:
        case State.ACCEPTED:
            yield _("The mail server took it")
        case State.EXCLUDED:
            yield _("No letter")
        case State.FAILED:
            yield _("It failed")
        case State.UNCERTAIN:
            yield _("It may have left: nobody answered")
        case _ if edition.paused:
            yield _("It waits, as the edition is paused: %s") % (edition.pause_reason or _("no reason given"))
        case _ if letter.not_before:
            yield _("It waits for its next try, at %s") % _format_time(letter.not_before)
        case _:
            yield _("It waits to be sent")
    if letter.reason:
        yield describe_reason(letter.reason)


def _explain_no_letter(edition: Edition, person: PersonState, excluded: str, now: datetime) -> str:
    """Return why a reader has no row in an edition, by what we know of them now."""
    frozen_at = edition.frozen_at
    if frozen_at is None:
        return _("The edition of that day is not ready yet")
    letter_days = list_letter_days(edition.day)
    letter_day = find_letter_day(letter_days, person.days)
    due = letter_day.compute_due_time(person.timezone, person.hour, frozen_at)
    if person.confirmed_at is None:
        return _("They had not confirmed")
    if person.confirmed_at > due:
        return _("They confirmed later, on %s") % _format_time(person.confirmed_at)
    if person.unsubscribed_at and person.unsubscribed_at <= due + delivery_window():
        return _("They had unsubscribed, on %s") % _format_time(person.unsubscribed_at)
    if not letter_day.is_of(person.days):
        return _("It is none of their days")
    if person.paused_until and person.paused_until > edition.day:
        return _("They asked for a pause until %s") % date_format(person.paused_until, "j M Y")
    if excluded:
        return describe_reason(excluded).capitalize()
    if due > now:
        return _("Their hour is still to come, at %s") % _format_time(due)
    if due + delivery_window() <= now:
        return _("Nobody planned it in time: the scheduler did not run, or they changed their days or hour since")
    return _("Nobody has planned it yet: the scheduler does in its next minutes")


def describe_next_letter(person: PersonState, now: datetime) -> str:
    """Return when the reader's next letter is due, or why none is."""
    if excluded := find_exclusions([person.id], now.date()).get(person.id):
        if excluded == "paused" and person.paused_until:
            return _("None before %s: they asked for a pause") % date_format(person.paused_until, "j M Y")
        if person.confirmed_at is None:
            return _("None: they have not confirmed")
        return _("None: %s") % describe_reason(excluded)
    moment = find_next_letter_time(person.timezone, person.hour, person.days, now)
    if moment is None:
        return _("None: they chose no day")
    return _("%(at)s (%(zone)s), if papers are announced") % {
        "at": date_format(moment, "j M Y, H:i"),
        "zone": person.timezone,
    }


def _format_time(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M %Z}"
