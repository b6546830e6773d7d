"""Admin pages for rows that the stages of a day write, and nobody else."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from subscriptions.bounded_lists import BoundedAdmin

if TYPE_CHECKING:
    Inline = admin.TabularInline[Any, Any]
else:
    Inline = admin.TabularInline


class ReadOnly(BoundedAdmin):
    """An admin page whose rows can be searched and read, and not changed."""

    def get_fields(self, request: HttpRequest, obj: object = None) -> Any:
        return self.fields or [field.name for field in self.opts.fields if not field.primary_key]

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReadOnlyRows(Inline):
    """Rows of another table, on the page of the row that they are about."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
