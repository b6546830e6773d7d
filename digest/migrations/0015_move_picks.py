"""Moves picks and notices into their compact columns, some letters at a time: it may be killed and run again."""

from typing import Any

from django.db import migrations, transaction
from django.db.models import Q

LETTERS_PER_BATCH = 1000
COLUMNS = {"picks": "compact_picks", "notices": "compact_notices"}


def move(apps: Any, database: str, columns: dict[str, str]) -> None:
    """Move what stands in the first columns into the second ones. What was moved before is left as it is."""
    delivery = apps.get_model("digest", "Delivery")
    empty = Q(**{column: [] for column in columns.values()})
    letters = delivery.objects.using(database).filter(empty).exclude(**{column: [] for column in columns}).order_by("id")
    after = 0
    while batch := list(letters.filter(id__gt=after).only("id", *columns)[:LETTERS_PER_BATCH]):
        for letter in batch:
            for one, other in columns.items():
                setattr(letter, other, getattr(letter, one))
        with transaction.atomic(using=database):
            delivery.objects.using(database).bulk_update(batch, list(columns.values()), batch_size=200)
        after = batch[-1].id


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
