"""The public pages of editions: today's and any other day's."""

from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digest.dates import parse_day
from digest.letters import operator_note
from digest.models import Edition
from digest.web import selectors
from digest.web.cards import cards_of_papers, find_summary, mark_cards
from digest.web.mark_buttons import store_answer
from digest.web.paper_lists.paper_list import PAPERS_PER_PAGE, PaperList
from digest.web.paper_lists.serve import link_formats
from subscriptions.links.decorators import reader_or_stranger_page
from subscriptions.page_cache import public_page
from subscriptions.page_language import page_language
from subscriptions.taxonomy.categories import CATEGORIES


@require_http_methods(["GET", "HEAD", "POST"])
@reader_or_stranger_page
def show_today(request: HttpRequest, reader_id: int | None) -> HttpResponse:
    """Show the newest edition; readers in a browser of their own can say there what they think of its papers."""
    if reader_id is None:
        return redirect("subscriptions:link") if request.method == "POST" else _show_today_to_strangers(request)
    newest = selectors.latest_edition()
    if newest is None:
        return render(request, "digest/no_edition.html")
    return _edition_page(request, newest, reader_id, is_today=True)


@public_page("section", "page")
def _show_today_to_strangers(request: HttpRequest) -> HttpResponse:
    newest = selectors.latest_edition()
    if newest is None:
        return render(request, "digest/no_edition.html")
    return _edition_page(request, newest, is_today=True)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_or_stranger_page
def show_edition(request: HttpRequest, reader_id: int | None, day: str) -> HttpResponse:
    """Show the edition of a day, as `show_today` does."""
    if reader_id is None:
        return redirect("subscriptions:link") if request.method == "POST" else _show_edition_to_strangers(request, day)
    return _edition_page(request, _require_edition(day), reader_id, is_today=False)


@public_page("section", "page")
def _show_edition_to_strangers(request: HttpRequest, day: str) -> HttpResponse:
    return _edition_page(request, _require_edition(day), is_today=False)


def _require_edition(day: str) -> Edition:
    found = selectors.find_edition(_day(day))
    if found is None:
        raise Http404(_("There is no edition of that day."))
    return found


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        raise Http404(_("There is no edition of that day.")) from None


def find_newest_papers(request: HttpRequest, *, limit: int) -> PaperList:
    """Return the best papers of the newest edition, for feeds and files."""
    newest = selectors.latest_edition()
    if newest is None:
        raise Http404(_("There is no edition yet."))
    return _list_best(newest, request.GET.get("section", ""), reverse("digest:today"), limit)


def find_edition_papers(request: HttpRequest, day: str, *, limit: int) -> PaperList:
    """Return the best papers of a day, for feeds and files."""
    return _list_best(
        _require_edition(day), request.GET.get("section", ""), reverse("digest:edition", args=[day]), limit
    )


def _list_best(edition: Edition, section: str, path: str, limit: int) -> PaperList:
    listed = selectors.list_papers(edition, section, 0, limit)
    if section and not listed.papers:
        raise Http404(_("This edition has no such category."))
    language = page_language()
    summaries = {paper.version_id: find_summary(listed.summaries, paper.rank, language) for paper in listed.papers}
    day = date_format(edition.day, _("l, j F Y"))
    return PaperList(
        title=f"{day} · {section}" if section else day,
        description=_("The best papers of the day, in their order."),
        path=f"{path}?{urlencode({'section': section})}" if section else path,
        file_name=f"papers-{edition.day}{f'-{section}' if section in CATEGORIES else ''}",
        papers=listed.papers,
        summaries={pk: summary for pk, summary in summaries.items() if summary},
    )


def _edition_page(
    request: HttpRequest, shown: Edition, reader_id: int | None = None, *, is_today: bool
) -> HttpResponse:
    """Show a page of an edition, or a section of it. With a reader, show and store what they say of its papers."""
    sections = selectors.count_by_section(shown)
    section = request.GET.get("section", "")
    listed = [each for each in sections if section in ("", each.category)]
    if section and not listed:
        raise Http404(_("This edition has no such category."))
    places = range(sum(each.papers for each in listed))
    page = Paginator(places, PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    first = (page.number - 1) * PAPERS_PER_PAGE
    found = selectors.list_papers(shown, section, first, first + PAPERS_PER_PAGE)
    cards = cards_of_papers(found.papers, found.summaries)
    if reader_id is not None:
        ids = [card.paper.arxiv_id for card in cards]
        if request.method == "POST":
            arxiv_id = store_answer(reader_id, request.POST.get("act", ""), ids)
            [rank] = [card.paper.rank for card in cards if card.paper.arxiv_id == arxiv_id]
            return redirect(f"{request.get_full_path()}#paper-{rank}")
        cards = mark_cards(cards, selectors.marks_by_paper(reader_id, ids))
    note = (shown.notes or {}).get(page_language()) or shown.note
    path = reverse("digest:today") if is_today else reverse("digest:edition", args=[shown.day])
    context = {
        "edition": shown,
        "note": mark_safe(operator_note.render_html(note)) if note else "",  # noqa: S308 - nh3 cleaned it
        "total": sum(each.papers for each in sections),
        "new_papers": sum(each.new for each in sections),
        "sections": sections,
        "section": section,
        "page": page,
        "cards": cards,
        "is_own": reader_id is not None,
        "neighbours": selectors.neighbouring_days(shown.day),
        "is_today": is_today,
        "formats": link_formats(f"{path}?{urlencode({'section': section})}" if section else path),
    }
    return render(request, "digest/edition.html", context)
