"""Every kind of letter in the operator's window, in every language, each to be looked at and sent to an address."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.delivery.letter_samples import (
    LETTER_SAMPLES,
    SAMPLE_ADDRESS,
    NoEditionWithPapers,
    build_sample,
    send_sample,
)
from digest.infra.letter_response import letter_response
from subscriptions import audit
from subscriptions.email.failures import MAIL_ERRORS
from subscriptions.letter_languages import LETTER_LANGUAGES


def show_samples(request: HttpRequest) -> HttpResponse:
    """Show the list of kinds; by POST, send one of them to the address in the form."""
    if request.method == "POST":
        if not request.user.has_perm("digest.change_edition"):  # who may pause an edition may send
            raise PermissionDenied
        _send(request)
        return redirect(request.path)
    context = {
        **admin.site.each_context(request),
        "title": _("Letters of every kind"),
        "kinds": LETTER_SAMPLES,
        "languages": LETTER_LANGUAGES.values(),
    }
    return TemplateResponse(request, "admin/letter_samples.html", context)


def show_sample(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Show a letter as a mail program does, or with `?part=text` its plain part."""
    kind, language = _require_sample(kind, language)
    try:
        message = build_sample(kind, language, SAMPLE_ADDRESS, timezone.now())
    except NoEditionWithPapers as missing:
        raise Http404(_("No edition has papers yet.")) from missing
    if request.GET.get("part") == "text":
        return HttpResponse(message.body, content_type="text/plain; charset=utf-8")
    return letter_response(str(message.alternatives[0][0]))


def _send(request: HttpRequest) -> None:
    kind, language = _require_sample(request.POST.get("kind", ""), request.POST.get("language", ""))
    address = request.POST.get("address", "").strip()
    try:
        validate_email(address)
        subject = send_sample(kind, language, address, timezone.now())
    except ValidationError:
        messages.error(request, _("This is no e-mail address."))
    except NoEditionWithPapers:
        messages.error(request, _("No edition has papers yet."))
    except MAIL_ERRORS as error:
        messages.error(request, _("The letter could not be sent: %s") % type(error).__name__)
    else:
        audit.record_general_action(request.user.pk, f"sample of {kind}, {language}")
        messages.success(request, _("Sent: %s") % subject)


def _require_sample(kind: str, language: str) -> tuple[str, str]:
    if kind not in LETTER_SAMPLES or language not in LETTER_LANGUAGES:
        raise Http404(_("There is no such letter."))
    return kind, language
