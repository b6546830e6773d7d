from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("digest", "0015_move_picks"),
    ]

    operations = [
        migrations.RemoveField("delivery", "picks"),
        migrations.RemoveField("delivery", "notices"),
        migrations.RenameField("delivery", "compact_picks", "picks"),
        migrations.RenameField("delivery", "compact_notices", "notices"),
    ]
