"""Random numbers for the links of those who are there already.

The links to their pages become void once and are sent anew on request; links to leave work for ever (holders.leaver).
"""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from subscriptions.models import drawn

AT_ONCE = 1000


def draw(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    people: Any = apps.get_model("subscriptions", "Subscriber")
    ids = list(people.objects.order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        rows = [people(id=key, epoch=drawn(), key=drawn()) for key in ids[start : start + AT_ONCE]]
        people.objects.bulk_update(rows, ["epoch", "key"], batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0003_keep_errands_counts_and_drawn_keys")]
    operations = [migrations.RunPython(draw, migrations.RunPython.noop)]
