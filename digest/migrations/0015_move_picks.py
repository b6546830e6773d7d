"""Moves picks and notices into their compact columns, some letters at a time: it may be killed and run again."""

from typing import Any

from django.db import connections, migrations, transaction
from django.db.models import Q

LETTERS_PER_BATCH = 1000
COLUMNS = {"picks": "compact_picks", "notices": "compact_notices"}


def move(apps: Any, database: str, columns: dict[str, str]) -> None:
    """Move what stands in the first columns into the second ones. What was moved before is left as it is."""
    delivery = apps.get_model("digest", "Delivery")
    empty = Q(**{column: [] for column in columns.values()})
    letters = delivery.objects.using(database).filter(empty).exclude(**{column: [] for column in columns}).order_by("id")
    connection = connections[database]
    quote = connection.ops.quote_name
    fields = [delivery._meta.get_field(column) for column in columns.values()]
    table = quote(delivery._meta.db_table)
    assignments = ", ".join(f"{quote(each.column)} = moved.column{place}" for place, each in enumerate(fields, 2))
    row_of_values = f"({', '.join(['%s'] * (1 + len(fields)))})"
    after = 0
    while batch := list(letters.filter(id__gt=after).values_list("id", *columns)[:LETTERS_PER_BATCH]):
        # All letters of a batch in one statement: one statement for each letter takes four times as long.
        values = ", ".join([row_of_values] * len(batch))
        prepared = [
            value
            for id_, *row in batch
            for value in (id_, *(each.get_db_prep_save(one, connection) for each, one in zip(fields, row, strict=True)))
        ]
        with transaction.atomic(using=database), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {assignments} FROM (VALUES {values}) AS moved WHERE {table}.id = moved.column1",
                prepared,
            )
        after = batch[-1][0]


def move_to_compact(apps: Any, schema_editor: Any) -> None:
    move(apps, schema_editor.connection.alias, COLUMNS)


def move_back(apps: Any, schema_editor: Any) -> None:
    move(apps, schema_editor.connection.alias, {compact: plain for plain, compact in COLUMNS.items()})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("digest", "0014_compact_picks"),
    ]

    operations = [migrations.RunPython(move_to_compact, move_back)]
