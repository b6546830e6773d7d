"""The mailbox of the demo: the letters that were delivered into files, as a mail client shows them. DEBUG only."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from digest.delivery.transports.mailbox import LetterDetails, NoSuchLetter, list_letters, read_letter
from digest.infra.letter_response import letter_response
from subscriptions.links.decorators import private_page

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

PARTS = ("letter", "text", "headers")
# The headers that every mail program shows, and under which names.
HEAD = {"from": gettext_lazy("From"), "to": gettext_lazy("To"), "date": gettext_lazy("Date")}

# Put before the letter, so that its links open beside the mailbox and not inside its frame.
NEW_WINDOW = '<base target="_blank">'


def debug_only(view: View[P]) -> View[P]:
    """Hide *view* unless DEBUG is on: other people's letters are nobody's business."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return private_page(wrapped)


@debug_only
@require_safe
def show_mailbox(request: HttpRequest) -> HttpResponse:
    return render(request, "digest/mailbox.html", {"letters": list_letters(settings.MAILBOX)})


@debug_only
@require_safe
def show_letter(request: HttpRequest, name: str) -> HttpResponse:
    opened = _read_letter_or_404(name)
    part = request.GET.get("part", "letter" if opened.html else "text")
    if part not in PARTS:
        raise Http404
    head = [(HEAD[header.lower()], value) for header, value in opened.headers if header.lower() in HEAD]
    return render(request, "digest/mail.html", {"name": name, "letter": opened, "part": part, "head": head})


@debug_only
@require_safe
def show_html(request: HttpRequest, name: str) -> HttpResponse:
    """Show only the letter's own HTML, for the frame. Its policy keeps it from running or loading anything."""
    body = _read_letter_or_404(name).html
    start, doctype, rest = body.partition("<head>")
    return letter_response(f"{start}{doctype}{NEW_WINDOW}{rest}" if doctype else body)


def _read_letter_or_404(name: str) -> LetterDetails:
    try:
        return read_letter(settings.MAILBOX, name)
    except NoSuchLetter:
        raise Http404(_("There is no such letter.")) from None
