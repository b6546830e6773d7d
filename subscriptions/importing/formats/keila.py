"""Keila: https://www.keila.io/docs, lib/keila_web/controllers/contact_controller.ex.

Statuses are active, unsubscribed and unreachable. An export has no dates.
"""

from subscriptions.importing.formats.base import ExportFormat

# fmt: off
HARMLESS = frozenset({
    "id", "first_name", "last_name", "data", "external_id", "double_opt_in_at", "inserted_at", "updated_at",
})
# fmt: on

FORMAT = ExportFormat(
    "Keila",
    marks=(
        frozenset({"data", "status"}),
        frozenset({"first_name", "last_name", "data"}),
        frozenset({"external_id", "data"}),
    ),
    consent=("double_opt_in_at", "inserted_at", "created_at"),
    harmless=HARMLESS,
    needed=frozenset({"status"}),
)
