"""The letter beside the sign-up form: what the newest edition holds for the interests that are being typed."""

from collections.abc import Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from digest.domain import ANNOUNCED_AS_NEW, EditionContents, Pick
from digest.editions.version_vectors import load_vectors
from digest.models import Version
from digest.ranking.personal.signals import WeightedPaper
from digest.ranking.selection.select import describe_reader
from digest.web import keyword_suggestions, match_rates, selectors
from digest.web.cards import describe_picks
from subscriptions import rate_limits
from subscriptions.filters.error_messages import FilterProblem, find_hints, find_mistakes, split_lines
from subscriptions.filters.language import check_filters
from subscriptions.preference_defaults import DEFAULT_PAPERS, MAX_LIKED_PAPERS, usual_popularity
from subscriptions.reader import Reader
from subscriptions.taxonomy import categories


@require_http_methods(["GET", "HEAD", "POST"])
def show_preview(request: HttpRequest) -> HttpResponse:
    """Return the letter and what is said of the interests, for the script of the sign-up page.

    A POST changes nothing either: it is for more text than an address can hold. People are sent to the page itself.
    """
    query = request.POST if request.method == "POST" else request.GET
    if query.get("fragment") != "1":
        return HttpResponseRedirect(f"{reverse('subscriptions:home')}?{request.GET.urlencode()}")
    letter = describe_letter(request, query)
    status = HTTPStatus.TOO_MANY_REQUESTS if letter.get("too_many") else HTTPStatus.OK
    return render(request, "digest/_preview.html", {"letter": letter}, status=status)


def describe_letter(request: HttpRequest, interests: QueryDict, **_signal: object) -> dict[str, object]:
    """Return what the templates tell of the letter for some interests. Receives `sign_up_shown`."""
    lines = split_lines(interests.get("filters", ""))
    codes = _read_categories(interests.getlist("categories"), interests.getlist("presets"))
    if (lines or codes) and not rate_limits.allow_preview(request, len(lines)):
        return {"too_many": True}
    filters, mistakes = _read_filters(lines)
    edition = selectors.latest_edition()
    described: dict[str, object] = {"mistakes": mistakes, "hints": tuple(find_hints(lines)), "edition": edition}
    if edition is None or (mistakes and not filters and not codes):
        return described
    if not (filters or codes):
        first = selectors.list_papers(edition, "", 0, DEFAULT_PAPERS)
        contents = EditionContents(
            edition.pk, edition.day, edition.note, tuple(first.papers), first.summaries, notes=edition.notes or {}
        )
        best = [paper.rank for paper in contents.papers if paper.kind in ANNOUNCED_AS_NEW]
        return described | describe_picks(contents, [Pick(rank, 0, ()) for rank in best])
    contents, selection = selectors.contents_and_selection(edition)
    reader = Reader(id=0, email="", categories=codes, filters=filters, popularity=usual_popularity(codes))
    signals = describe_reader(reader)._replace(liked=_load_liked_papers(interests.getlist("likes")))
    [choice] = selection.choose([reader], [signals])
    papers = [contents.papers[pick.rank] for pick in choice.picks]
    return described | {
        "asked": True,
        "papers": reader.papers,
        "matched": choice.matched,
        "rate": match_rates.estimate_rate(edition, codes, filters),
        "suggestions": keyword_suggestions.suggest(edition, filters, papers),
        **describe_picks(contents, choice.picks),
    }


def _load_liked_papers(arxiv_ids: Sequence[str]) -> tuple[WeightedPaper, ...]:
    """Return the stored ones of the papers that somebody brings along, as the score reads them. Two queries at most."""
    if not arxiv_ids:
        return ()
    rows = Version.objects.filter(paper__arxiv_id__in=arxiv_ids[:MAX_LIKED_PAPERS]).order_by("number", "pk")
    fields = ("pk", "paper__arxiv_id", "title", "authors", "categories")
    versions = {row[1]: row for row in rows.values_list(*fields)}
    vectors = load_vectors([row[0] for row in versions.values()])
    return tuple(
        WeightedPaper(vectors[pk], arxiv_id, title, tuple(authors), tuple(codes))
        for pk, arxiv_id, title, authors, codes in versions.values()
    )


def _read_categories(codes: list[str], presets: list[str]) -> tuple[str, ...]:
    """Return the known categories among *codes*, and those of the presets named."""
    of_presets = [code for preset in categories.PRESETS if preset.key in presets for code in preset.categories]
    known = [categories.canonical(code) for code in [*codes, *of_presets]]
    return tuple(dict.fromkeys(code for code in known if code))


def _read_filters(lines: list[str]) -> tuple[tuple[str, ...], list[FilterProblem]]:
    """Return the filters that can be read, and what is wrong with the others."""
    wrong = {mistake.line: mistake for mistake in find_mistakes(lines)}
    return check_filters(line for line in lines if line not in wrong), list(wrong.values())
