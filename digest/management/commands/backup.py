import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.backup.backup_file import NotMigrated, write_backup
from digest.management.progress_bars import ProgressBars


class Command(BaseCommand):
    help = (
        "Write everything in the database to a file, as it is at one moment, while readers and workers go on. Keep"
        " SUPPRESSION_KEY and SECRET_KEY with it, apart from it: docs/backup.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help=_("For example backup-2026-11-30.json.gz."))
        parser.add_argument("--replace", action="store_true", help=_("Write over a file that is there."))
        parser.add_argument("--json", action="store_true", help=_("Print a JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if path.exists() and not options["replace"]:
            raise CommandError(_("%s is there already. Choose another name, or --replace.") % path)
        try:
            with ProgressBars().stage(_("rows")) as tick:
                contents = write_backup(path, timezone.now(), tick)
        except NotMigrated as error:
            raise CommandError(_("The database is older than this version. Run: python manage.py migrate")) from error
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(
                _("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": reason}
            ) from error
        if options["json"]:
            size = os.path.getsize(path)
            self.stdout.write(json.dumps({"file": str(path), "bytes": size, "rows": contents.total}))
        else:
            text = _("%(rows)d rows written to %(file)s. Check it: python manage.py check_backup %(file)s")
            self.stdout.write(text % {"rows": contents.total, "file": path})
