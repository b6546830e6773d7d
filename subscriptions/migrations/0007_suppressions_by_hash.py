"""Turns the addresses of suppressions into keyed hashes, and drops what mail servers said of them.

No transaction is longer than a batch, so that pages wait for none of them; after a kill the migration begins again.
"""

from django.db import migrations, models, transaction
from django.db.models import Exists, OuterRef

import subscriptions.address_hashes
from subscriptions.address_hashes import hash_address

ROWS_PER_BATCH = 1_000
REASONS = ("hard_bounce", "complaint", "soft_bounces", "provider_list", "blocked")


def hash_subscribers(apps, schema_editor):
    """Write the hash of each subscriber's address."""
    model = apps.get_model("subscriptions", "Subscriber")
    for rows in _batches(schema_editor, model, "email_key"):
        _update(schema_editor, model, ["address_hash"], [(hash_address(key), id) for id, key in rows])


def hash_suppressions(apps, schema_editor):
    """Write the hash of each suppressed address, and the class of its reason. Two rows of one address become one."""
    model = apps.get_model("subscriptions", "Suppression")
    for rows in _batches(schema_editor, model, "email_key", "reason"):
        values = [(hash_address(key), reason if reason in REASONS else "blocked", id) for id, key, reason in rows]
        _update(schema_editor, model, ["address_hash", "reason"], values)
    # Operators typed some in capitals: 0008 wants each once.
    suppressions = model.objects.using(schema_editor.connection.alias)
    same = suppressions.filter(address_hash=OuterRef("address_hash"), reason=OuterRef("reason"), id__lt=OuterRef("id"))
    suppressions.filter(Exists(same)).delete()


def _batches(schema_editor, model, *columns):
    """Yield the id and the columns of all rows in portions, by id."""
    last = 0
    rows = model.objects.using(schema_editor.connection.alias).order_by("id").values_list("id", *columns)
    while batch := list(rows.filter(id__gt=last)[:ROWS_PER_BATCH]):
        yield batch
        last = batch[-1][0]


def _update(schema_editor, model, columns, values):
    """Write these columns of many rows, each with its id at the end. `bulk_update` takes four times as long."""
    quote = schema_editor.quote_name
    assignments = ", ".join(f"{quote(column)} = %s" for column in columns)
    with transaction.atomic(using=schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {quote(model._meta.db_table)} SET {assignments} WHERE id = %s", values)


class AddColumn(migrations.AddField):
    """Adds a column in a transaction of its own, unless a run that was killed has added it."""

    atomic = True

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        connection, table = schema_editor.connection, to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, table)
        if self.name not in {column.name for column in columns}:
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscriptions", "0006_asked_to_confirm")]

    operations = [
        AddColumn(
            "subscriber",
            "address_hash",
            subscriptions.address_hashes.AddressHashField(
                default="", editable=False, help_text="By which suppressions are found.", max_length=64
            ),
            preserve_default=False,
        ),
        AddColumn(
            "suppression", "address_hash", models.CharField(default="", max_length=64), preserve_default=False
        ),
        migrations.RunPython(hash_subscribers, migrations.RunPython.noop),
        # Nobody can turn hashes back into addresses.
        migrations.RunPython(hash_suppressions),
    ]
