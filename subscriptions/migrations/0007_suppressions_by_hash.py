"""Turns the addresses of suppressions into keyed hashes, and drops what mail servers said of them."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef

import subscriptions.address_hashes
from subscriptions.address_hashes import hash_address

ROWS_PER_BATCH = 1000
REASONS = ("hard_bounce", "complaint", "soft_bounces", "provider_list", "blocked")


def hash_subscribers(apps, schema_editor):
    """Write the hash of each subscriber's address."""
    model = apps.get_model("subscriptions", "Subscriber")
    for rows in _batches(model):
        for row in rows:
            row.address_hash = hash_address(row.email_key)
        model.objects.bulk_update(rows, ["address_hash"])


def hash_suppressions(apps, schema_editor):
    """Write the hash of each suppressed address, and the class of its reason. Two rows of one address become one."""
    model = apps.get_model("subscriptions", "Suppression")
    for rows in _batches(model):
        for row in rows:
            row.address_hash = hash_address(row.email_key)
            row.reason = row.reason if row.reason in REASONS else "blocked"
        model.objects.bulk_update(rows, ["address_hash", "reason"])
    # Operators typed some in capitals: 0008 wants each once.
    same = model.objects.filter(address_hash=OuterRef("address_hash"), reason=OuterRef("reason"), id__lt=OuterRef("id"))
    model.objects.filter(Exists(same)).delete()


def _batches(model):
    """Yield the rows in portions, by id."""
    last = 0
    while rows := list(model.objects.filter(id__gt=last).order_by("id")[:ROWS_PER_BATCH]):
        yield rows
        last = rows[-1].id


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0006_asked_to_confirm")]

    operations = [
        migrations.AddField(
            "subscriber",
            "address_hash",
            subscriptions.address_hashes.AddressHashField(
                default="", editable=False, help_text="By which suppressions are found.", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "suppression", "address_hash", models.CharField(default="", max_length=64), preserve_default=False
        ),
        migrations.RunPython(hash_subscribers, migrations.RunPython.noop),
        # Nobody can turn hashes back into addresses.
        migrations.RunPython(hash_suppressions),
    ]
