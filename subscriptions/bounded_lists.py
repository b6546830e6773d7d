"""Lists of the admin that cost the same however many rows there are: none counts, sorts or looks through a whole table.

A list looks at the newest rows of its table, unless a search or an index leads to the others, and shows the first few
thousand of those. Django's own counts all rows for each page, and sorts them by any column.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from subscriptions.letter_languages import LETTER_LANGUAGES

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    Pages = Paginator[Any]
else:
    # Django's own classes take no type arguments while they run.
    Admin = admin.ModelAdmin
    Pages = Paginator

ROWS_PER_PAGE = 50
# So many rows can be reached page by page: a later page would read all those before it.
MAX_LISTED_ROWS = 5_000
# Among so many rows a filter looks that no index helps.
NEWEST_ROWS = 100_000


class BoundedPages(Pages):
    """Pages of the first MAX_LISTED_ROWS rows."""

    @cached_property
    def count(self) -> int:
        """Return how many rows can be reached."""
        rows: Any = self.object_list
        return int(rows.order_by()[:MAX_LISTED_ROWS].count())


class NewestRows(ChangeList):
    """A list that looks at the newest rows of its table alone, where nothing leads to the others."""

    model_admin: "BoundedAdmin"
    # Whether there may be rows that it does not show.
    leaves_out = False

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        rows = super().get_queryset(request, exclude_parameters)
        if self.model_admin.is_bounded(request):
            newest = self.model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
            if newest > NEWEST_ROWS:
                self.leaves_out, rows = True, rows.filter(pk__gt=newest - NEWEST_ROWS)
        return rows

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.leaves_out |= self.result_count >= MAX_LISTED_ROWS
        # The rows of this page are read by themselves: where other tables are joined, SQLite reads and sorts all first.
        shown = list(self.result_list.values_list("pk", flat=True))
        self.result_list = self.queryset.filter(pk__in=shown)


class BoundedAdmin(Admin):
    """An admin page whose list reads a bounded number of rows.

    Its filters name their choices: for those of a field without any, Django looks through all rows.
    """

    list_per_page = list_max_show_all = ROWS_PER_PAGE
    paginator = BoundedPages
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()

    def is_bounded(self, request: HttpRequest) -> bool:
        """Return whether the list looks at the newest rows alone: a search finds all of them by an index."""
        return not request.GET.get(SEARCH_VAR)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return NewestRows


class LanguageFilter(admin.SimpleListFilter):
    """Rows of a language that letters have."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(code, language.own_name) for code, language in LETTER_LANGUAGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(language=self.value()) if self.value() else queryset
