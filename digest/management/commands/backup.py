import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.backup.backup_file import BadBackup, NotMigrated, write_backup
from digest.backup.kept_backups import add_backup
from digest.management.arguments import parse_number_kept
from digest.management.progress_bars import ProgressBars


class Command(BaseCommand):
    help = (
        "Write everything in the database to a file, as it is at one moment, while readers and workers go on. Keep"
        " SUPPRESSION_KEY and SECRET_KEY with it, apart from it: docs/backup.md. With --keep, for every night: a new"
        " file in the folder FILE, which is read back, and all but the newest ones are deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help=_("For example backup-2026-11-30.json.gz."))
        parser.add_argument("--replace", action="store_true", help=_("Write over a file that is there."))
        kept = _("FILE is a folder, in which the N newest backups stay.")
        parser.add_argument("--keep", type=parse_number_kept, metavar="N", help=kept)
        parser.add_argument("--json", action="store_true", help=_("Print a JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        keep: int | None = options["keep"]
        if keep is None and path.is_dir():
            raise CommandError(_("%s is a folder. Name a file in it, or say how many stay there: --keep 14.") % path)
        if keep is None and path.exists() and not options["replace"]:
            raise CommandError(_("%s is there already. Choose another name, or --replace.") % path)
        try:
            with ProgressBars().stage(_("rows")) as tick:
                if keep is None:
                    contents = write_backup(path, timezone.now(), tick)
                else:
                    path, contents = add_backup(path, keep, timezone.now(), tick)
        except BadBackup as error:
            raise CommandError(str(error)) from error
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
            text = _("%(rows)d rows written to %(file)s.") % {"rows": contents.total, "file": path}
            check = _("Check it: python manage.py check_backup %s") % path if keep is None else _("It was read back.")
            self.stdout.write(f"{text} {check}")
