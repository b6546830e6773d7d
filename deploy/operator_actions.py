"""The buttons of the operator's first page: what a warning says to do, done by a click."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from kombu.exceptions import KombuError

from deploy.broker_connection import open_broker
from deploy.day_overview import find_today
from digest import tasks
from digest.dates import parse_day
from digest.delivery import operations, pause
from digest.models import Alarm, Delivery, Edition, SignOfLife
from subscriptions import audit


class Button(NamedTuple):
    """What a click does, and the address to which it is posted."""

    label: str
    address: str


def find_buttons_of_pause(edition: Edition) -> list[Button]:
    """Return what ends the pause of an edition."""
    text = _("Let the letters of %(day)s go")
    if edition.approval == "asked":
        text = _("Approve the letters of %(day)s")
    label = text % {"day": date_format(edition.day, _("j F Y"))}
    buttons = [Button(label, reverse("resume-letters", args=[edition.day]))]
    if failed := pause.find_retriable(edition).count():
        buttons.append(make_retry_button(edition.day, failed))
    return buttons


def make_retry_button(day: date, failed: int) -> Button:
    """Return what lets the failed letters of a day wait again."""
    text = ngettext("Try %(count)d failed letter again", "Try %(count)d failed letters again", failed)
    return Button(text % {"count": failed}, reverse("retry-letters", args=[day]))


def find_buttons_of_alarm(alarm: Alarm, now: datetime) -> list[Button]:
    """Return what mends an alarm: today's papers are asked for again, where workers do so."""
    if alarm.key not in ("edition", f"papers {find_today(now)}"):
        return []
    is_run_by_celery = SignOfLife.objects.filter(name="scheduler", next_by__gt=now).exists()
    return [Button(_("Prepare today now"), reverse("prepare-today"))] if is_run_by_celery else []


@require_POST
def resume_letters(request: HttpRequest, day: str) -> HttpResponse:
    """Let the letters of a paused edition go."""
    _require_operator(request)
    edition = _find_edition(day)
    state = pause.resume_edition(edition, timezone.now())
    audit.record_action(request.user.pk, [edition], "resume_edition")
    text = _("The edition of %s goes out.") % state.day
    messages.success(request, f"{text} {pause.describe_waiting(state)}".rstrip())
    return redirect("admin:index")


@require_POST
def retry_letters(request: HttpRequest, day: str) -> HttpResponse:
    """Let the failed letters of an edition wait again that may succeed now. A pause stays until it is ended."""
    _require_operator(request)
    edition = _find_edition(day)
    retried = operations.retry_letters(edition, Delivery.State.FAILED, timezone.now(), really=True)
    audit.record_action(request.user.pk, [edition], "retry_letters")
    text = ngettext("%(count)d letter waits again.", "%(count)d letters wait again.", retried.again)
    messages.success(request, text % {"count": retried.again})
    return redirect("admin:index")


@require_POST
def prepare_today(request: HttpRequest) -> HttpResponse:
    """Have a worker prepare today: papers, edition, summaries. What is there already stays."""
    _require_operator(request)
    try:
        with open_broker():  # a task is handed over without a time limit
            tasks.prepare_day.delay()
    except (OSError, KombuError):
        messages.error(request, _("The broker does not answer."))
        return redirect("admin:index")
    audit.record_general_action(request.user.pk, "prepare_day")
    messages.success(request, _("A worker prepares today now. It takes some minutes."))
    return redirect("admin:index")


def _find_edition(day: str) -> Edition:
    try:
        return Edition.objects.get(day=parse_day(day))
    except (ValueError, Edition.DoesNotExist):
        raise Http404(_("There is no edition of that day.")) from None


def _require_operator(request: HttpRequest) -> None:
    user: Any = request.user
    if not user.has_perm("digest.change_edition"):
        raise PermissionDenied
