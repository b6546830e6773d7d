"""The operator's page of one person: did they get their letters, and if not why? Found by the whole address.

It stands here because it needs both apps: the subscriptions know the person, the digest their letters.
"""

import re
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from digest.delivery.operations import retry_letter
from digest.delivery.preview import NothingToShow, render_preview
from digest.domain import EditionContents
from digest.infra.letter_response import letter_response
from digest.models import Delivery, Edition
from digest.ranking.matching.day_index import DayIndex
from digest.reconciliation.explanations import describe_reason
from digest.reconciliation.reader_history import HISTORY_DAYS, PersonState, describe_next_letter, tell_history
from digest.web.selectors import contents_and_selection, latest_edition, letter_contents
from subscriptions import audit, email_addresses, exporting, selectors
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import preferences

PAUSE = timedelta(days=28)
# The links of letters that are signed for their reader: the part behind the page's name is a token.
SIGNED_LINK = re.compile(
    rf"{re.escape(settings.SITE_URL)}/(?:unsubscribe|preferences|feedback|letters|my-feed|return|account)/[^\"'\s<>]*"
)
MAX_ADDRESS_LENGTH = email_addresses.MAX_ADDRESS_LENGTH


@require_safe
def show_person(request: HttpRequest) -> HttpResponse:
    """Show what became of the letters of the person whose address is `find`, or that there is none."""
    _require(request, "subscriptions.view_subscriber")
    written = request.GET.get("find", "").strip()[:MAX_ADDRESS_LENGTH]
    person = Subscriber.objects.filter(email_key=email_addresses.key(written)).first() if written else None
    context: dict[str, object] = {
        **admin.site.each_context(request),
        "title": person.email if person else _("Find a person"),
        "written": written,
        "person": person,
        "days": HISTORY_DAYS,
        "suppressions": Suppression.objects.filter(address_hash=hash_address(written)) if written else (),
    }
    if person:
        now = timezone.now()
        state = state_of(person)
        context |= {
            "history": tell_history(state, now),
            "next_letter": describe_next_letter(state, now),
            "is_paused": person.paused_until is not None and person.paused_until > now.date(),
            "may_change": request.user.has_perm("digest.change_edition"),
        }
    return TemplateResponse(request, "admin/person.html", context)


class CachedEditions:
    """Has editions at hand as the public pages of this process do."""

    def load_shown(self, edition: Edition) -> EditionContents:
        return letter_contents(edition)

    def load_day(self, edition: Edition) -> tuple[EditionContents, DayIndex | None]:
        contents, selection = contents_and_selection(edition)
        return contents, selection.index


@require_safe
def preview_letter(request: HttpRequest, key: int) -> HttpResponse:
    """Show the letter of the newest edition as this person gets it, or would, without what its links can do."""
    _require(request, "subscriptions.view_subscriber")
    edition, readers = latest_edition(), selectors.get_readers([key])
    if edition is None or key not in readers:
        raise Http404(_("There is no edition, or no such active reader."))
    try:
        message = render_preview(edition, readers[key], timezone.now(), CachedEditions())
        letter = str(message.alternatives[0][0])
    except NothingToShow as error:
        raise Http404(describe_reason(str(error))) from None
    # Whoever may look at a letter may not leave, or change wishes, for its reader.
    return letter_response(SIGNED_LINK.sub(f"{settings.SITE_URL}/", letter))


@require_safe
def export_person(request: HttpRequest, key: int) -> HttpResponse:
    """Return everything that is kept of this person, as they may download it themselves."""
    _require(request, "subscriptions.view_subscriber")
    person = _find(key)
    audit.record_action(request.user.pk, [person], "exported")
    headers = {"Content-Disposition": f'attachment; filename="person-{person.pk}.json"', "Cache-Control": "no-store"}
    options = {"ensure_ascii": False, "indent": 2}
    return JsonResponse(exporting.collect_own_data(person), json_dumps_params=options, headers=headers)


@require_POST
def change_person(request: HttpRequest, key: int) -> HttpResponse:
    """Pause or resume this person's letters, or let one that failed wait again, as the button says."""
    _require(request, "subscriptions.view_subscriber")
    _require(request, "digest.change_edition")
    person = _find(key)
    match request.POST.get("act"):
        case "pause":
            preferences.pause(person, timezone.now().date() + PAUSE)
            messages.success(request, _("They get no letters for four weeks."))
        case "resume" if person.status == Subscriber.Status.ACTIVE:
            preferences.resume(person)
            messages.success(request, _("They get letters again."))
        case "retry":
            if not _retry(request.POST.get("letter", ""), person):
                messages.error(request, _("This letter cannot be sent again."))
                return _show_again(person)
            messages.success(request, _("The letter waits to be sent again."))
        case _:
            raise Http404
    audit.record_action(request.user.pk, [person], str(request.POST["act"]))
    return _show_again(person)


def _show_again(person: Subscriber) -> HttpResponse:
    return redirect(f"{reverse('person')}?{urlencode({'find': person.email})}")


def _retry(number: str, person: Subscriber) -> bool:
    """Let the letter with this number wait again, and return whether it does."""
    letters = Delivery.objects.filter(subscriber=person.pk).select_related("edition")
    letter = letters.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    return letter is not None and not retry_letter(letter, timezone.now())


def _find(key: int) -> Subscriber:
    person = Subscriber.objects.filter(pk=key).first()
    if person is None:
        raise Http404(_("There is no such person."))
    return person


def state_of(person: Subscriber) -> PersonState:
    """Return what decides whether somebody gets letters."""
    return PersonState(
        person.pk,
        person.days,
        person.timezone,
        person.hour,
        person.confirmed_at,
        person.unsubscribed_at,
        person.paused_until,
    )


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


urlpatterns = [
    path("", admin.site.admin_view(show_person), name="person"),
    path("<int:key>/preview/", admin.site.admin_view(preview_letter), name="person-preview"),
    path("<int:key>/export/", admin.site.admin_view(export_person), name="person-export"),
    path("<int:key>/change/", admin.site.admin_view(change_person), name="person-change"),
]
