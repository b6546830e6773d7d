"""The operator's window: Django's admin, which also answers 400 where Django's would break over a request."""

from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import BadRequest
from django.http import HttpRequest


class OperatorsSite(AdminSite):
    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse an empty name of a field, which Django takes for the name of one."""

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if "" in (request.POST.get(TO_FIELD_VAR), request.GET.get(TO_FIELD_VAR)):
                raise BadRequest("The name of the field is empty.")
            return view(request, *args, **kwargs)

        return super().admin_view(checked, cacheable)
