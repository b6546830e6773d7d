"""Our own exports, and lists made by hand with our columns."""

from subscriptions.importing.columns import GENERIC_CONSENT
from subscriptions.importing.file_rows import FEEDBACK_COLUMN
from subscriptions.importing.formats.base import ExportFormat

OWN = ExportFormat(
    "Preprint Post",
    marks=(frozenset({"query"}), frozenset({"papers", "minimum"}), frozenset({"suppressed_for"})),
    fields={FEEDBACK_COLUMN: FEEDBACK_COLUMN},
    has_default_status=True,
    is_strict=True,
)
PLAIN = ExportFormat(
    "plain list",
    # An empty cell shows more than a date does.
    fields=dict.fromkeys(("confirmed_at", "confirm_time", "confirmation_date", "confirmed_on"), "confirmed"),
    consent=GENERIC_CONSENT,
    has_default_status=True,
    is_strict=True,
)
