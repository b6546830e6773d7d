"""Runs and their reports in the operator's window."""

from django.contrib import admin

from digest.admin.read_only import ReadOnly
from digest.models import (
    Run,
)


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ["day", "source", "started_at", "finished_at", "balanced"]
    list_filter = ["balanced"]
    ordering = ["-id"]
