"""Makes two indexes of letters smaller on PostgreSQL, where each takes more bytes than any column but the picks.

A provider's id is only ever looked for as a whole, so its hash is enough. The letters of a state are looked for by edition
where they wait, failed or are uncertain; accepted and excluded ones, which are nearly all, are read with the edition.
SQLite has no hash indexes, and takes a partial index for few of these queries: it keeps the indexes that it has.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# By name: how the index is made now, and how it was made before.
INDEXES = {
    "delivery_by_provider_id": (
        "USING hash (provider_id) WHERE provider_id <> ''",
        "(provider_id) WHERE provider_id <> ''",
    ),
    "next_deliveries": (
        "(edition_id, state, id) WHERE state NOT IN ('accepted', 'excluded')",
        "(edition_id, state, id)",
    ),
}


def make_small(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _replace_indexes(schema_editor, {name: small for name, (small, _) in INDEXES.items()})


def make_large(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _replace_indexes(schema_editor, {name: large for name, (_, large) in INDEXES.items()})


def _replace_indexes(schema_editor: BaseDatabaseSchemaEditor, definitions: dict[str, str]) -> None:
    """Replace indexes while letters are written. After a kill the same call begins again where it stopped."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, definition in definitions.items():
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS new_{name}")
        schema_editor.execute(f"CREATE INDEX CONCURRENTLY new_{name} ON digest_delivery {definition}")
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        schema_editor.execute(f"ALTER INDEX new_{name} RENAME TO {name}")


class Migration(migrations.Migration):
    # No index is made concurrently within a transaction.
    atomic = False

    dependencies = [("digest", "0024_approval_and_notes")]

    operations = [migrations.RunPython(make_small, make_large)]
