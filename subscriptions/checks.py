"""The check that needs the database: `migrate` runs it, and `check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DatabaseError

from subscriptions.services.address_hash_renewal import is_key_another_one


@checks.register(checks.Tags.database)
def suppression_key_check(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Check that SUPPRESSION_KEY is the one with which the hashes in the database were made."""
    try:
        if not databases or not is_key_another_one():
            return []
    except DatabaseError:
        return []  # the tables are still to be made
    hint = (
        "Set SUPPRESSION_KEY to what it was: it stands in .env, or in the file suppression_key of PREPRINT_POST_HOME,"
        " and in the backups of these. If it is lost, see docs/backup.md."
    )
    text = "SUPPRESSION_KEY is not the one that addresses were hashed with: who must not be written to is not found."
    return [checks.Error(text, hint=hint, id="subscriptions.E001")]
