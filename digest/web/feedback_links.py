"""More like this, less like this, save: the links of a letter. A visit shows a button, only the button says it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digest.editions import reader_feedback
from digest.models import Version
from digest.picking.letter_places import find_place
from digest.web import selectors
from digest.web.reader_of_link import find_feedback_reader
from subscriptions.links.decorators import private_page


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def give_feedback(request: HttpRequest, token: str, kind: str, arxiv_id: str) -> HttpResponse:
    """Show the button; by POST store the feedback, and then why a reader wants less, which the page asks for."""
    reader = find_feedback_reader(token)
    version = _version(kind, arxiv_id)
    cause = ""
    if request.method == "POST" and kind == "less" and request.POST.get("cause") in reader_feedback.LESS_CAUSES:
        cause = request.POST["cause"]
        reader_feedback.record_cause(reader.id, version.paper, cause)
    elif request.method == "POST":
        place = find_place(reader.id, version.paper)
        reader_feedback.record_feedback(reader.id, version.paper, kind, place)
    context = {"kind": kind, "version": version, "is_done": request.method == "POST", "cause": cause}
    return render(request, "digest/feedback.html", context)


def _version(kind: str, arxiv_id: str) -> Version:
    version = selectors.newest_version(arxiv_id)
    if kind not in reader_feedback.FEEDBACK_KINDS or version is None:
        raise Http404(_("We do not know this paper."))
    return version
