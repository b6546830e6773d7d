"""The pages of categories: all of them by field of research, and the newest papers of each."""

from collections.abc import Sequence
from typing import NamedTuple

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.web import selectors
from digest.web.cards import Card
from digest.web.paper_lists.paper_list import MAX_PAPERS_OF_ENDLESS_LISTS, PAPERS_PER_PAGE, PaperList
from digest.web.paper_lists.serve import link_formats
from subscriptions.page_cache import public_page
from subscriptions.page_language import page_language
from subscriptions.taxonomy import categories

# Older papers are found by a search, or by their day.
MAX_PAPERS = 1000


class CountedCategory(NamedTuple):
    code: str
    # In arXiv's own words; templates translate it.
    name: str
    papers: int


class CountedGroup(NamedTuple):
    """A field of research with its categories."""

    name: str
    categories: Sequence[CountedCategory]


@require_safe
@public_page()
def list_categories(request: HttpRequest) -> HttpResponse:
    """Show all categories with the number of papers that each of them announced as new."""
    sizes = selectors.count_papers_by_category()
    groups = [
        CountedGroup(
            _(group.name),
            [CountedCategory(each.code, each.name, sizes.get(each.code, 0)) for each in group.categories],
        )
        for group in categories.GROUPS
    ]
    return render(request, "digest/categories.html", {"groups": groups})


@require_safe
@public_page("page", has_form=True)
def show_category(request: HttpRequest, code: str) -> HttpResponse:
    """Show the newest papers of a category, and sign up for a letter of them. Other codes of it lead to its page."""
    category = _find_category(code)
    if category != code:
        return redirect("digest:category", category, permanent=True)
    count = selectors.count_newest_in_category(category, MAX_PAPERS)
    page = Paginator(range(count), PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    first = (page.number - 1) * PAPERS_PER_PAGE
    versions = selectors.newest_in_category(category, first, min(first + PAPERS_PER_PAGE, MAX_PAPERS))
    papers = selectors.load_records(versions, first)
    summaries = selectors.newest_summaries([paper.version_id for paper in papers], page_language())
    path = reverse("digest:category", args=[category])
    context = {
        "category": category,
        "is_cut": count == MAX_PAPERS,
        "page": page,
        "cards": [Card(paper, summaries.get(paper.version_id)) for paper in papers],
        "days": selectors.published_days({paper.day for paper in papers}),
        "formats": link_formats(path),
        "letter_categories": [category],
        "group_name": _(
            next(group.name for group in categories.GROUPS if group.key == categories.CATEGORIES[category].group)
        ),
    }
    return render(request, "digest/category.html", context)


def find_category_papers(request: HttpRequest, code: str, *, limit: int) -> PaperList:
    """Return the newest papers of a category, for feeds and files."""
    category = _find_category(code)
    papers = selectors.load_records(selectors.newest_in_category(category, 0, min(limit, MAX_PAPERS_OF_ENDLESS_LISTS)))
    name = f"{_(categories.CATEGORIES[category].name)} ({category})"
    return PaperList(
        title=name,
        description=_("The newest papers of %s.") % name,
        path=reverse("digest:category", args=[category]),
        file_name=f"newest-{category}",
        papers=papers,
        summaries=selectors.newest_summaries([paper.version_id for paper in papers], page_language()),
    )


def _find_category(code: str) -> str:
    """Return the one code of a category. Raises Http404."""
    category = categories.canonical(code)
    if category is None:
        raise Http404(_("There is no category of that name."))
    return category
