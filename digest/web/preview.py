"""What the newest edition would hold for these interests: real cards, before anyone signs up."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.ranking import personal
from digest.web import selectors
from digest.web.cards import cards_of_picks
from subscriptions import taxonomy
from subscriptions.interests import MOST_FILTERS, check_filters
from subscriptions.mistakes import Mistake, doubts, mistakes
from subscriptions.readers import Reader

SHOWN = 10
SHOWN_WHILE_TYPING = 3
"""The form goes on below the live preview: it must not run away."""


@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    fragment = request.GET.get("fragment") == "1"
    template = "digest/_preview.html" if fragment else "digest/preview.html"
    return render(request, template, _context(request.GET, SHOWN_WHILE_TYPING if fragment else SHOWN))


def _context(query: QueryDict, shown: int) -> dict[str, object]:
    filters, mistakes = read_filters(query.get("filters", ""))
    categories = read_categories(query.getlist("categories"), query.getlist("presets"))
    edition = selectors.latest()
    context: dict[str, object] = {
        "mistakes": mistakes,
        "doubts": tuple(doubts(filters)),
        "asked": bool(filters or categories),
        "edition": edition,
        "query": query.urlencode(),
    }
    if edition is None or not (filters or categories):
        return context
    contents, index = selectors.indexed(edition)
    reader = Reader(id=0, email="", categories=categories, filters=filters, papers=shown)
    choice = personal.choose(reader, index)
    return {**context, "matched": choice.matched, "cards": cards_of_picks(contents, choice.picks)}


def read_categories(codes: list[str], presets: list[str]) -> tuple[str, ...]:
    """The known ones among *codes*, and those of the presets named."""
    of_presets = [code for preset in taxonomy.PRESETS if preset.key in presets for code in preset.categories]
    known = [taxonomy.canonical(code) for code in [*codes, *of_presets]]
    return tuple(dict.fromkeys(code for code in known if code))


def read_filters(text: str) -> tuple[tuple[str, ...], list[Mistake]]:
    """The filters, one per line, that can be read, and what is wrong with the others."""
    lines = [line.strip() for line in text.splitlines() if line.strip()][:MOST_FILTERS]
    wrong = {mistake.line: mistake for mistake in mistakes(lines)}
    return check_filters(line for line in lines if line not in wrong), list(wrong.values())
