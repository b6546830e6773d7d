"""Pausing editions from their list. Part of `digest.admin`."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digest.delivery import pause as pausing
from digest.delivery.pause import PauseState
from digest.models import Edition


@admin.action(permissions=["change"], description=gettext_lazy("Pause: hold back their letters"))
def pause(model_admin: Any, request: HttpRequest, editions: QuerySet[Edition]) -> None:
    why = _("Paused by %s.") % request.user.get_username()
    _each(
        request, editions, lambda edition: pausing.pause_edition(edition, edition.pause_reason or why, timezone.now())
    )


@admin.action(permissions=["change"], description=gettext_lazy("Resume: let their letters go out"))
def resume(model_admin: Any, request: HttpRequest, editions: QuerySet[Edition]) -> None:
    _each(request, editions, lambda edition: pausing.resume_edition(edition, timezone.now()))


def _each(request: HttpRequest, editions: QuerySet[Edition], change: Callable[[Edition], PauseState]) -> None:
    for edition in editions.order_by("day"):
        messages.success(request, _told(change(edition)))


def _told(standing: PauseState) -> str:
    said = _("The edition of %s is paused.") if standing.paused else _("The edition of %s goes out.")
    waiting = pausing.describe_waiting(standing)
    return f"{said % standing.day} {waiting}".rstrip()
