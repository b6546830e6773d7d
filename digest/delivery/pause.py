"""Pause and resume an edition. Doing either twice does it once. What pauses it by itself is circuit_breaker.py."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery.outbox import OPEN_STATES
from digest.models import Delivery, Edition


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
    changed = rows.exclude(paused=True, pause_reason=words).update(paused=True, pause_reason=words)
    return _pause_state(edition, now, bool(changed))


def resume_edition(edition: Edition, now: datetime) -> PauseState:
    """Let the edition's letters go again. The scheduler goes on with them in its next minute."""
    changed = Edition.objects.filter(id=edition.id, paused=True).update(paused=False, pause_reason="")
    return _pause_state(edition, now, bool(changed))


def find_pause_reason(edition_id: int) -> str | None:
    """Return why the edition is paused, read from the database now; None while it is not paused."""
    return Edition.objects.filter(id=edition_id, paused=True).values_list("pause_reason", flat=True).first()


def how_to_resume(day: date, reason: str) -> str:
    """Return a sentence that names the reason of a pause and the command that ends it."""
    words = {"day": day, "reason": reason.rstrip(" .") or _("no reason given")}
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
