import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.domain import Outlook, find_worst_outlook
from digest.ingest.ledger_report import COUNT_NAMES, DayReport, describe_line, read_count, report_days
from digest.ingest.source_factory import listing_day
from digest.management.arguments import parse_day, parse_day_count
from digest.management.exit_codes import end_command
from digest.models import LedgerLine


class Command(BaseCommand):
    help = "Show what each category announced on a day and what became of it. Exit codes: docs/operator-messages.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=parse_day, help=_("The day of the listing. Default: today, US Eastern time.")
        )
        parser.add_argument(
            "--days", type=parse_day_count, default=1, help=_("How many days, up to and with that one.")
        )
        parser.add_argument("--json", action="store_true", help=_("Print one JSON object per day, one per line."))

    def handle(self, *args: Any, **options: Any) -> None:
        last = options["date"] or listing_day()
        found = list(report_days(last - timedelta(days=options["days"] - 1), last))
        for report in found:
            if options["json"]:
                self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
            else:
                self.stdout.write("\n".join(_format_day(report)))
        outlook = find_worst_outlook(report.outlook for report in found)
        unsettled = ", ".join(str(report.day) for report in found if report.outlook == outlook)
        text = _("Not settled: %s") if outlook == Outlook.ACT else _("Not settled yet: %s")
        end_command(outlook, text % unsettled)


def _format_day(report: DayReport) -> Iterator[str]:
    yield _format_row(str(report.day), COUNT_NAMES, _("state"))
    empty = [line for line in report.lines if line.category and not line.announced]
    for line in report.lines:
        if line not in empty:
            yield _format_row(
                line.category or "-", [read_count(line, name) for name in COUNT_NAMES], line.state, describe_line(line)
            )
    for (state, why), number in Counter((line.state, line.note) for line in empty).items():
        text = ngettext("%(number)d category %(state)s", "%(number)d categories %(state)s", number)
        yield _format_row("", [""] * len(COUNT_NAMES), text % {"number": number, "state": state}, why)
    yield _format_row(_("total"), report.totals.values(), _describe_balance(report))
    yield from _format_unsettled(report)
    if report.advice:
        yield f"  {report.advice}"


def _describe_balance(report: DayReport) -> str:
    """Return whether the day balances, and its state. A day that nobody fetched has nothing to balance."""
    if not report.lines:
        return report.state
    balanced = _("balanced") if report.balanced else _("not balanced")
    return balanced if report.state in LedgerLine.SETTLED_STATES else f"{balanced}, {report.state}"


def _format_unsettled(report: DayReport) -> Iterator[str]:
    for rejection in report.rejections:
        yield _("  rejected: %(where)s: %(reason)s") % {"where": rejection.where, "reason": rejection.reason}
    for row in report.missing:
        yield _("  missing: %(id)s in %(listing)s: %(reason)s (attempts: %(attempts)d)") % {
            "id": row.arxiv_id,
            "listing": row.category,
            "reason": row.last_error or _("not asked for yet"),
            "attempts": row.attempts,
        }


def _format_row(name: str, values: Any, state: str, note: str = "") -> str:
    return f"{name:<18} " + " ".join(f"{value:>9}" for value in values) + f"  {state}" + (f"  {note}" if note else "")
