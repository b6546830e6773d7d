"""The operator's window: Django's admin, with throttled log-ins, and 400 where Django's would break over a request."""

from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deploy.operator_page import show_first_page
from subscriptions.operator_log_in import LogInForm, remember_browser

# SQLite breaks over a pattern of 50,000 bytes.
MAX_SEARCH_LENGTH = 1000

# The headings of the lists, and which tables stand under each; what is in none stands under the last.
HEADINGS: tuple[tuple[str | Promise, frozenset[str]], ...] = (
    (_("Day"), frozenset({"edition", "ledgerline", "missing", "rejection"})),
    (_("People"), frozenset({"subscriber", "suppression", "feedback", "user", "group"})),
    (_("Letters"), frozenset({"delivery", "deliveryevent"})),
    (_("Papers"), frozenset({"paper", "version", "announcement", "signal"})),
    (_("Summaries"), frozenset({"summary", "modelcall", "modelbatch", "backfill"})),
    (_("Machine"), frozenset()),
)


class OperatorsSite(AdminSite):
    login_form = LogInForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Answer as Django does, and remember the browser in which an operator has logged in."""
        response = super().login(request, extra_context)
        # A form that is shown once more may come from somebody who is logged in already.
        if request.method == "POST" and isinstance(response, HttpResponseRedirect):
            remember_browser(response, request.user.get_username())
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Return the first page: the overview of `operator_page.py`, and the tables under six headings."""
        return show_first_page(request, self, extra_context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the tables under six headings; those of one app, as Django does, on the page of that app."""
        apps = super().get_app_list(request, app_label)
        return apps if app_label else group_tables(apps)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse an empty name of a field, which Django takes for the name of one, and a search without end."""

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if "" in (request.POST.get(TO_FIELD_VAR), request.GET.get(TO_FIELD_VAR)):
                raise BadRequest("The name of the field is empty.")
            if len(request.GET.get(SEARCH_VAR, "")) > MAX_SEARCH_LENGTH:
                raise BadRequest("The search is too long.")
            return view(request, *args, **kwargs)

        return super().admin_view(checked, cacheable)


def group_tables(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tables that an operator may see under six headings, in the shape of Django's list of apps."""
    rest = [model for app in apps for model in app["models"]]
    groups = []
    for heading, names in HEADINGS:
        own = [model for model in rest if not names or model["object_name"].lower() in names]
        rest = [model for model in rest if model not in own]
        if own:
            name = str(heading)
            shown = {"name": name, "app_label": name.lower(), "app_url": "", "has_module_perms": True}
            groups.append({**shown, "models": own})
    return groups
