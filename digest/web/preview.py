"""What the newest edition would hold for these interests: real cards, before anyone signs up."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.ranking import personal
from digest.web import selectors
from digest.web.cards import cards_of_picks
from subscriptions import taxonomy
from subscriptions.interests import FilterError, check_filters
from subscriptions.readers import Reader

SHOWN = 10
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Mistake:
    """A filter that cannot be read, cut in three so that the page can mark the place."""

    before: str
    place: str
    after: str
    message: str


@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    fragment = request.GET.get("fragment") == "1" or bool(request.headers.get("HX-Request"))
    template = "digest/_preview.html" if fragment else "digest/preview.html"
    return render(request, template, _context(request.GET))


def _context(query: QueryDict) -> dict[str, object]:
    filters, mistakes = read_filters(query.get("filters", ""))
    categories = read_categories(query.getlist("categories"), query.getlist("presets"))
    edition = selectors.latest()
    context: dict[str, object] = {
        "mistakes": mistakes,
        "asked": bool(filters or categories),
        "edition": edition,
        "query": query.urlencode(),
    }
    if edition is None or not (filters or categories):
        return context
    contents, index = selectors.indexed(edition)
    reader = Reader(id=0, email="", categories=categories, filters=filters, papers=SHOWN)
    choice = personal.choose(reader, index)
    return {**context, "matched": choice.matched, "cards": cards_of_picks(contents, choice.picks)}


def read_categories(codes: list[str], presets: list[str]) -> tuple[str, ...]:
    """The known ones among *codes*, and those of the presets named."""
    of_presets = [code for preset in taxonomy.PRESETS if preset.key in presets for code in preset.categories]
    known = [taxonomy.canonical(code) for code in [*codes, *of_presets]]
    return tuple(dict.fromkeys(code for code in known if code))


def read_filters(text: str) -> tuple[tuple[str, ...], list[Mistake]]:
    """The filters, one per line, that can be read, and what is wrong with the others."""
    good: tuple[str, ...] = ()
    mistakes = []
    for line in text.splitlines()[:MOST_LINES]:
        if not line.strip():
            continue
        try:
            good = check_filters([*good, line.strip()])
        except FilterError as error:
            mistakes.append(_mistake(line.strip(), error))
    return good, mistakes


def _mistake(line: str, error: FilterError) -> Mistake:
    end = error.position + error.length
    return Mistake(line[: error.position], line[error.position : end], line[end:], str(error))
