import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from digest.alarms.watch import find_alarms, update_alarms
from digest.delivery.operator_alerts import send_test
from digest.domain import Outlook
from digest.management.exit_codes import end_command
from digest.models import Alarm


class Command(BaseCommand):
    help = (
        "Look at everything that needs the operator, tell ALERT_EMAIL and ALERT_URL of what is new or over, and show"
        " what there is. The scheduler does so every two minutes. Ends with 3 where there is something."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("Print a JSON object."))
        parser.add_argument(
            "--test", action="store_true", help=_("Only tell ALERT_EMAIL and ALERT_URL that this is a test.")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["test"]:
            self._test()
            return
        update_alarms(timezone.now())
        alarms = list(find_alarms())
        outlook = Outlook.ACT if alarms else Outlook.FINE
        if options["json"]:
            self.stdout.write(json.dumps({"outlook": outlook, "alarms": [_as_json(each) for each in alarms]}))
        else:
            self.stdout.write("\n".join(_format_alarm(each) for each in alarms) or _("Nothing needs you."))
        end_command(outlook, _("Somebody must act."))

    def _test(self) -> None:
        if not send_test():
            raise CommandError(_("Not all could be told. See the log, ALERT_EMAIL, ALERT_EMAIL_URL and ALERT_URL."))
        self.stdout.write(_("Told: see whether it arrived."))


def _as_json(alarm: Alarm) -> dict[str, str | None]:
    told_at = alarm.told_at.isoformat() if alarm.told_at else None
    return {
        "key": alarm.key,
        "text": alarm.text,
        "to_do": alarm.to_do,
        "began_at": alarm.began_at.isoformat(),
        "told_at": told_at,
    }


def _format_alarm(alarm: Alarm) -> str:
    return f"{localtime(alarm.began_at):%Y-%m-%d %H:%M %Z}  {alarm.text}\n  {alarm.to_do}"
