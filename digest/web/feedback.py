"""More like this, less like this, save: the links of a letter. A visit shows a button, only the button says it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digest.delivery import opinions
from digest.models import Version
from digest.web import selectors
from digest.web.private import link_problem, private
from subscriptions import tokens
from subscriptions.readers import Reader
from subscriptions.selectors import readers


@private
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, token: str, kind: str, arxiv_id: str) -> HttpResponse:
    try:
        reader = _reader(token)
    except tokens.BadToken as error:
        return link_problem(request, error)
    version = _version(kind, arxiv_id)
    if request.method == "POST":
        opinions.record(reader.id, version.paper, kind)
    context = {"kind": kind, "version": version, "said": request.method == "POST"}
    return render(request, "digest/feedback.html", context)


def _reader(token: str) -> Reader:
    """Raises BadToken as well when the reader is gone or has made all earlier links void."""
    claim = tokens.read("feedback", token)
    reader = readers([claim.subject]).get(claim.subject)
    if reader is None or reader.epoch != claim.epoch:
        raise tokens.ExpiredToken("the reader's links were renewed")
    return reader


def _version(kind: str, arxiv_id: str) -> Version:
    version = selectors.newest_version(arxiv_id) if arxiv_id.isprintable() else None
    if kind not in opinions.KINDS or version is None:
        raise Http404(_("We do not know this paper."))
    return version
