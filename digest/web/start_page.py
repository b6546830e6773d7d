"""Start from papers one knows: a list or a name becomes liked papers, categories and keywords, each to be ticked."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digest.editions import feedback_transfer
from digest.web.references.reading import MAX_CHARACTERS, ReadList, read_references
from digest.web.starting_point import MAX_TITLES_LOOKED_FOR, find_starting_point
from subscriptions import rate_limits
from subscriptions.links import remembered_browsers
from subscriptions.preference_defaults import MAX_LIKED_PAPERS
from subscriptions.services import personal_signals

MAX_NAME_LENGTH = 100
# What a text costs of the previews that a network may see: a million characters take seconds to read.
CHARACTERS_OF_A_LOOK = 200
# What each title that is looked for in the index costs of them: two frequent words take 13 ms among 100,000 papers.
COST_OF_A_TITLE = 4
# What each liked paper that is stored costs of them: it is a row, and may be a paper that nobody else knows.
COST_OF_A_LIKE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def show_start(request: HttpRequest) -> HttpResponse:
    """Ask for papers; a POST shows what they suggest, or stores what a reader ticked, and nothing of strangers."""
    reader = remembered_browsers.find_subscriber(request)
    context: dict[str, object] = {"is_reader": reader is not None, "max_papers": MAX_LIKED_PAPERS}
    if request.method != "POST":
        return render(request, "digest/start.html", context)
    too_much = _("That was much to read for one network. Please try again in ten minutes.")
    if "store" in request.POST:
        if reader is None:
            return redirect("subscriptions:link")
        likes = request.POST.getlist("likes")[:MAX_LIKED_PAPERS]
        if not rate_limits.allow_preview(request, len(likes) * COST_OF_A_LIKE):
            return render(request, "digest/start.html", {**context, "problem": too_much})
        feedback_transfer.store_feedback(feedback={reader.id: [{"paper": each, "kind": "more"} for each in likes]})
        personal_signals.add_interests(reader.id, request.POST.getlist("categories"), request.POST.getlist("keyword"))
        return redirect("digest:signals")
    name = request.POST.get("name", "")[:MAX_NAME_LENGTH]
    text, problem = _read_text(request)
    if not problem and not rate_limits.allow_preview(request, len(text) // CHARACTERS_OF_A_LOOK):
        problem = too_much
    if not problem and not text.strip() and not name.strip():
        problem = _("Please paste something, choose a file, or write a name.")
    read = ReadList((), ()) if problem else read_references(text)
    titles = min(sum(not each.arxiv_id for each in read.references), MAX_TITLES_LOOKED_FOR)
    if titles and not rate_limits.allow_preview(request, titles * COST_OF_A_TITLE):
        problem = too_much
    context |= {"papers": request.POST.get("papers", ""), "name": name, "problem": problem}
    if not problem:
        found = find_starting_point(read, name)
        context |= {"read": read, "found": found, "is_empty": not (found.papers or found.categories or found.keywords)}
    return render(request, "digest/start.html", context)


def _read_text(request: HttpRequest) -> tuple[str, str]:
    """Return what was pasted with the text of the file, and what is wrong with them, if anything."""
    text, file = request.POST.get("papers", ""), request.FILES.get("file")
    if isinstance(file, UploadedFile):
        text = f"{text}\n{file.read(MAX_CHARACTERS + 1).decode(errors='replace')}".lstrip("\n")
    if len(text) > MAX_CHARACTERS:
        return "", _("This is more than a million characters. Please bring a part of it.")
    return text, ""
