"""The public pages of editions: today's and any other day's."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.dates import parse_day
from digest.domain import ANNOUNCED_AS_NEW
from digest.letters import operator_note
from digest.models import Edition
from digest.web import selectors
from digest.web.cards import cards_of_papers

PAPERS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Section:
    category: str
    papers: int


@require_safe
def show_today(request: HttpRequest) -> HttpResponse:
    newest = selectors.latest_edition()
    if newest is None:
        return render(request, "digest/no_edition.html")
    return _edition_page(request, newest, is_today=True)


@require_safe
def show_edition(request: HttpRequest, day: str) -> HttpResponse:
    found = selectors.find_edition(_day(day))
    if found is None:
        raise Http404(_("There is no edition of that day."))
    return _edition_page(request, found, is_today=False)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        raise Http404(_("There is no edition of that day.")) from None


def _edition_page(request: HttpRequest, shown: Edition, *, is_today: bool) -> HttpResponse:
    contents = selectors.edition_contents(shown)
    sizes = Counter(paper.section for paper in contents.papers)
    largest_first = sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))
    sections = [Section(category, size) for category, size in largest_first]
    section = request.GET.get("section", "")
    if section and section not in {each.category for each in sections}:
        raise Http404(_("This edition has no such category."))
    papers = [paper for paper in contents.papers if section in ("", paper.section)]
    page = Paginator(papers, PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "edition": shown,
        "note": mark_safe(operator_note.render_html(shown.note)),  # noqa: S308 - nh3 cleaned it
        "total": len(contents.papers),
        "new": sum(paper.kind in ANNOUNCED_AS_NEW for paper in contents.papers),
        "sections": sections,
        "section": section,
        "page": page,
        "cards": cards_of_papers(contents, page.object_list),
        "neighbours": selectors.neighbouring_days(shown.day),
        "is_today": is_today,
    }
    return render(request, "digest/edition.html", context)
