"""A preview of the newest edition for these interests: real cards, before anyone signs up."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from digest.ranking.selection.select import describe_reader
from digest.web import selectors
from digest.web.cards import cards_of_picks
from subscriptions import rate_limits
from subscriptions.filters.error_messages import FilterProblem, find_hints, find_mistakes, split_lines
from subscriptions.filters.language import check_filters
from subscriptions.preference_defaults import usual_popularity
from subscriptions.reader import Reader
from subscriptions.taxonomy import categories

FORM_FIELDS = ("categories", "presets", "filters", "email", "language", "timezone")
PREVIEW_PAPERS = 10
# The form goes on below the live preview: it must not run away.
LIVE_PREVIEW_PAPERS = 3


@require_http_methods(["GET", "HEAD", "POST"])
def show_preview(request: HttpRequest) -> HttpResponse:
    """Show the preview. A POST changes nothing either: it is for more text than an address can hold."""
    query = request.POST if request.method == "POST" else request.GET
    fragment = query.get("fragment") == "1"
    template = "digest/_preview.html" if fragment else "digest/preview.html"
    lines = split_lines(query.get("filters", ""))
    allowed = rate_limits.allow_preview(request, len(lines))
    context = _context(query, lines, LIVE_PREVIEW_PAPERS if fragment else PREVIEW_PAPERS) if allowed else {}
    # What goes back to the form after a POST.
    posted = [(name, value) for name in FORM_FIELDS for value in request.POST.getlist(name)]
    context |= {"too_many": not allowed, "query": request.GET.urlencode(), "posted": posted}
    return render(request, template, context, status=HTTPStatus.OK if allowed else HTTPStatus.TOO_MANY_REQUESTS)


def _context(query: QueryDict, lines: list[str], shown: int) -> dict[str, object]:
    filters, mistakes = read_filters(lines)
    categories = read_categories(query.getlist("categories"), query.getlist("presets"))
    edition = selectors.latest_edition()
    context: dict[str, object] = {
        "mistakes": mistakes,
        "hints": tuple(find_hints(lines)),
        "asked": bool(filters or categories),
        "edition": edition,
    }
    if edition is None or not (filters or categories):
        return context
    contents, selection = selectors.contents_and_selection(edition)
    popularity = usual_popularity(categories)
    reader = Reader(id=0, email="", categories=categories, filters=filters, papers=shown, popularity=popularity)
    [choice] = selection.choose([reader], [describe_reader(reader)])
    return {**context, "matched": choice.matched, "cards": cards_of_picks(contents, choice.picks)}


def read_categories(codes: list[str], presets: list[str]) -> tuple[str, ...]:
    """Return the known categories among *codes*, and those of the presets named."""
    of_presets = [code for preset in categories.PRESETS if preset.key in presets for code in preset.categories]
    known = [categories.canonical(code) for code in [*codes, *of_presets]]
    return tuple(dict.fromkeys(code for code in known if code))


def read_filters(lines: list[str]) -> tuple[tuple[str, ...], list[FilterProblem]]:
    """Return the filters that can be read, and what is wrong with the others."""
    wrong = {mistake.line: mistake for mistake in find_mistakes(lines)}
    return check_filters(line for line in lines if line not in wrong), list(wrong.values())
