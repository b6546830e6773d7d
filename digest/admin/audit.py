"""What operators did, in the admin and by commands, in the operator's window."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry

from digest.admin.read_only import ReadOnly


@admin.register(LogEntry)
class AuditAdmin(ReadOnly):
    list_display = ["action_time", "user", "object_repr", "change_message", "action_flag"]
    list_filter = ["action_flag", "action_time"]
    list_select_related = ["user"]
    ordering = ["-id"]
