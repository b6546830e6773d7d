"""Pause and resume an edition. Doing either twice does it once. What pauses it by itself is circuit_breaker.py."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery import operator_alerts
from digest.delivery.outbox import OPEN_STATES
from digest.models import Delivery, Edition
from digest.picking.covered_days import MAX_DAYS_WITHOUT_LETTER
from digest.picking.deadlines import is_over
from digest.picking.letter_days import find_current_day
from digest.picking.sent_history import SHOWN_STATES
from digest.sentences import strip_final_marks
from subscriptions import selectors
from subscriptions.email.mail_answers import Fault

# So long the admin's first page shows a pause that holds no letter back.
NEW_PAUSE = timedelta(days=14)
# Of the mail server's answers, so many of the most frequent are shown.
SHOWN_ANSWERS = 3


@dataclass(frozen=True, slots=True)
class PauseState:
    """The state of an edition after somebody asked to pause or resume it."""

    day: date
    paused: bool
    reason: str
    # False where it was in this state before.
    changed: bool
    waiting: int
    # How many of the waiting ones will be skipped, as they would come too late.
    too_late: int

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "day": self.day.isoformat()}


def pause_edition(edition: Edition, reason: str, now: datetime) -> PauseState:
    """Hold the edition's letters back: every drain stops before its next ones. Without a *reason* the old one stays."""
    words = (reason or edition.pause_reason or _("Paused by the operator."))[:300]
    rows = Edition.objects.filter(id=edition.id)
    paused_at = Coalesce(Case(When(paused=True, then=F("paused_at"))), Value(now))
    changed = rows.exclude(paused=True, pause_reason=words).update(
        paused=True, pause_reason=words, paused_at=paused_at, alerted_at=now
    )
    return _pause_state(edition, now, bool(changed))


def pause_by_itself(edition: Edition, reason: str, now: datetime) -> None:
    """Pause the edition as sending goes wrong. `tell_operator` says so."""
    running = Edition.objects.filter(id=edition.id, paused=False)
    running.update(paused=True, pause_reason=reason[:300], paused_at=now, alerted_at=None)


def tell_operator(edition: Edition, now: datetime) -> None:
    """Tell the operator by mail of a pause that nobody was told of yet. Of several workers one does."""
    untold = Edition.objects.filter(id=edition.id, paused=True, paused_at__isnull=False, alerted_at=None)
    if untold.update(alerted_at=now):
        subject = _("%(site)s: the letters of %(day)s are paused") % {"site": settings.SITE_NAME, "day": edition.day}
        body = "\n\n".join(describe_pause(Edition.objects.get(id=edition.id))) + "\n"
        if not operator_alerts.send_alert(subject, body):
            Edition.objects.filter(id=edition.id).update(alerted_at=None)


def tell_again(edition: Edition, now: datetime) -> None:
    """Tell the operator of a pause, whether or not they were told of it before."""
    Edition.objects.filter(id=edition.id).update(alerted_at=None)
    tell_operator(edition, now)


def resume_edition(edition: Edition, now: datetime) -> PauseState:
    """Let the edition's letters go again. The scheduler goes on with them in its next minute.

    That approves it, if it waited for approval.
    """
    Edition.objects.filter(id=edition.id, approval="asked").update(approval="given")
    # What comes next is told anew.
    resumed = {"paused": False, "pause_reason": "", "resumed_at": now, "alerted_at": None}
    changed = Edition.objects.filter(id=edition.id, paused=True).update(**resumed)
    return _pause_state(edition, now, bool(changed))


def find_pause_reason(edition_id: int) -> str | None:
    """Return why the edition is paused, read from the database now; None while it is not paused."""
    return Edition.objects.filter(id=edition_id, paused=True).values_list("pause_reason", flat=True).first()


def describe_pause(edition: Edition) -> list[str]:
    """Return what is paused since when, why, what the mail server said, and what to do, in a sentence or two each."""
    since = f"{localtime(edition.paused_at):%Y-%m-%d %H:%M %Z}" if edition.paused_at else _("an unknown time")
    what = _("The letters of %(day)s are paused since %(since)s.") % {"day": edition.day, "since": since}
    waiting = Delivery.objects.filter(edition=edition, state__in=OPEN_STATES).count()
    lines = [
        f"{what} {ngettext('%d letter waits.', '%d letters wait.', waiting) % waiting}",
        _("Why: %s") % (edition.pause_reason or _("no reason given")),
    ]
    answers = find_retriable(edition).exclude(reason="").values("reason").annotate(letters=Count("id"))
    lines += [
        f"{each['letters']} × {each['reason']}" for each in answers.order_by("-letters", "reason")[:SHOWN_ANSWERS]
    ]
    resume = _("python manage.py resume_edition --date %s") % edition.day
    if not lines[2:]:
        return [*lines, _("What to do: mend the cause. Then let the letters go on: %s") % resume]
    retry = _("python manage.py retry_letters --date %s --yes") % edition.day
    text = _("What to do: mend the cause. Then try the refused letters again: %(retry)s and let all go on: %(resume)s")
    return [*lines, text % {"retry": retry, "resume": resume}]


def find_retriable(edition: Edition) -> QuerySet[Delivery]:
    """Return the failed letters whose readers would get them once the cause is mended. None can once it is over.

    Those whose papers a later letter chose from are none of them: they would bring some a second time.
    """
    if is_over(edition):
        return Delivery.objects.none()
    ours = [fault.value for fault in Fault if fault.is_ours]
    failed = Delivery.objects.filter(edition=edition, state=Delivery.State.FAILED, fault__in=["", *ours])
    return failed.filter(selectors.is_not_excluded(find_current_day(edition, timezone.now())), ~is_told_later(edition))


def is_told_later(edition: Edition) -> Exists:
    """Return the condition for letters of the edition whose readers had a later one that covers its day too."""
    last_day = edition.day + timedelta(days=MAX_DAYS_WITHOUT_LETTER)
    later = Edition.objects.filter(day__gt=edition.day, day__lte=last_day)
    letters = Delivery.objects.filter(edition__in=later, covers_from__lte=edition.day, state__in=SHOWN_STATES)
    return Exists(letters.filter(subscriber=OuterRef("subscriber")))


def find_paused(now: datetime) -> QuerySet[Edition]:
    """Return the paused editions that somebody should look at: letters wait, or the pause is new."""
    waiting = Delivery.objects.filter(edition=OuterRef("pk"), state__in=OPEN_STATES)
    return Edition.objects.filter(Q(paused_at__gt=now - NEW_PAUSE) | Exists(waiting), paused=True).order_by("day")


def how_to_resume(day: date, reason: str) -> str:
    """Return a sentence that names the reason of a pause and the command that ends it."""
    words = {"day": day, "reason": strip_final_marks(reason) or _("no reason given")}
    return _("The edition is paused: %(reason)s. Go on with: python manage.py resume_edition --date %(day)s") % words


def describe_waiting(state: PauseState) -> str:
    """Describe how many letters wait; empty where none does."""
    if not state.waiting:
        return ""
    text = ngettext("%(count)d letter waits.", "%(count)d letters wait.", state.waiting) % {"count": state.waiting}
    if not state.too_late:
        return text
    late = ngettext(
        "%(count)d of them would come too late and will be skipped.",
        "%(count)d of them would come too late and will be skipped.",
        state.too_late,
    )
    return f"{text} {late % {'count': state.too_late}}"


def _pause_state(edition: Edition, now: datetime, changed: bool) -> PauseState:
    edition.refresh_from_db()
    waiting = Delivery.objects.filter(edition=edition, state__in=OPEN_STATES)
    late = waiting.filter(not_after__lte=now).count()
    return PauseState(edition.day, edition.paused, edition.pause_reason, changed, waiting.count(), late)
