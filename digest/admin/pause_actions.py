"""Pausing editions from their list. Part of `digest.admin`."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digest.delivery.pause import PauseState, describe_waiting, pause_edition, resume_edition
from digest.models import Edition
from subscriptions import audit


@admin.action(permissions=["change"], description=gettext_lazy("Pause: hold back their letters"))
def pause(model_admin: Any, request: HttpRequest, editions: QuerySet[Edition]) -> None:
    reason = _("Paused by %s.") % request.user.get_username()
    _change_editions(
        request,
        editions,
        "pause_edition",
        lambda edition: pause_edition(edition, edition.pause_reason or reason, timezone.now()),
    )


@admin.action(permissions=["change"], description=gettext_lazy("Resume: let their letters go out"))
def resume(model_admin: Any, request: HttpRequest, editions: QuerySet[Edition]) -> None:
    _change_editions(request, editions, "resume_edition", lambda edition: resume_edition(edition, timezone.now()))


def _change_editions(
    request: HttpRequest, editions: QuerySet[Edition], action: str, change: Callable[[Edition], PauseState]
) -> None:
    for edition in editions.order_by("day"):
        state = change(edition)
        sentence = _("The edition of %s is paused.") if state.paused else _("The edition of %s goes out.")
        messages.success(request, f"{sentence % state.day} {describe_waiting(state)}".rstrip())
        audit.record_action(request.user.pk, [edition], action)
