from django.db import migrations

from digest.models.compact_json import CompactJSONField


class Migration(migrations.Migration):
    dependencies = [
        ("digest", "0013_version_embeddings"),
    ]

    operations = [
        migrations.AddField(
            "delivery",
            "compact_picks",
            CompactJSONField(default=list, help_text="Frozen: [[rank, score, [[reason, text], …]], …]."),
        ),
        migrations.AddField(
            "delivery",
            "compact_notices",
            CompactJSONField(default=list, help_text="Frozen: ranks of replaced or withdrawn papers it tells of."),
        ),
    ]
