"""Drops the addresses that are kept as hashes now. Apart from 0007: PostgreSQL alters no table with pending changes."""

from django.db import migrations, models

import subscriptions.address_hashes


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0007_suppressions_by_hash")]

    operations = [
        # There is no way back from here, and whoever tries is told so before anything is undone.
        migrations.RunPython(migrations.RunPython.noop),
        migrations.AlterField(
            "subscriber",
            "address_hash",
            subscriptions.address_hashes.AddressHashField(
                db_index=True, editable=False, help_text="By which suppressions are found.", max_length=64
            ),
        ),
        migrations.RemoveField("suppression", "email_key"),
        migrations.RemoveField("suppression", "detail"),
        migrations.AlterField(
            "suppression",
            "reason",
            models.CharField(
                choices=[
                    ("hard_bounce", "the mailbox does not exist"),
                    ("complaint", "complaint"),
                    ("soft_bounces", "letters were refused or came back for weeks"),
                    ("provider_list", "on the mail provider's suppression list"),
                    ("blocked", "blocked, here or by the service that the address came from"),
                    ("deleted", "the person deleted their data"),
                ],
                max_length=40,
            ),
        ),
        migrations.AddConstraint(
            "suppression",
            models.UniqueConstraint(fields=["address_hash", "reason"], name="one_suppression_per_reason"),
        ),
    ]
