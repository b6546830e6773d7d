import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest import retention
from digest.delivery.workers import shutdown
from digest.management.arguments import parse_day
from digest.management.progress_bars import ProgressBars
from subscriptions import audit


@dataclass(frozen=True, slots=True)
class RetentionCount:
    """What is due of one kind, and how much of it was deleted."""

    name: str
    words: str
    # None where each row says itself when it ends.
    days: int | None
    due: int
    done: int


class Command(BaseCommand):
    help = (
        "Delete what is no longer kept, as the scheduler does every night. How long that is: the settings KEEP_*"
        " in .env.example. Ctrl-C is safe: the next run goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("Say what would be deleted, and keep it."))
        parser.add_argument(
            "--date", type=parse_day, help=_("Delete only what was due on this day, one of the past. Default: today.")
        )
        parser.add_argument("--json", action="store_true", help=_("Print the outcome as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["date"]:
            moment = datetime.combine(options["date"], time(), UTC)
            if moment > now:
                raise CommandError(_("%s is still to come: what is kept until then is not due.") % options["date"])
            now = moment
        outcomes = _count(now) if options["dry_run"] else _forget(now)
        if options["json"]:
            kinds = [asdict(outcome) for outcome in outcomes]
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "kinds": kinds}, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_format_outcomes(outcomes, dry_run=options["dry_run"])))


def _count(now: datetime) -> list[RetentionCount]:
    return [RetentionCount(kind.name, kind.words, kind.days, kind.count_due(now), 0) for kind in retention.list_kinds()]


def _forget(now: datetime) -> list[RetentionCount]:
    """Delete what is due, and record how much: also where a signal ends it early."""
    outcomes, watch = [], ProgressBars()
    with shutdown.listen_for_signals() as is_asked_to_stop:
        for kind in retention.list_kinds():
            due = kind.count_due(now)
            done = 0
            if due and not is_asked_to_stop():
                with watch.stage(kind.words) as tick:
                    done = kind.forget_due(now, is_asked_to_stop, tick)
            outcomes.append(RetentionCount(kind.name, kind.words, kind.days, due, done))
    audit.record_command("forget", count=sum(outcome.done for outcome in outcomes))
    return outcomes


def _format_outcomes(outcomes: Sequence[RetentionCount], *, dry_run: bool) -> Iterator[str]:
    for outcome in outcomes:
        count = outcome.due if dry_run else outcome.done
        yield f"{count:>10,}  {outcome.words}{_format_days(outcome.days)}"
    total = sum(outcome.due if dry_run else outcome.done for outcome in outcomes)
    if dry_run:
        yield _("Nothing was deleted. Without --dry-run it would be.") if total else _("Nothing is due.")
    elif any(outcome.done < outcome.due for outcome in outcomes):
        yield _("Some is left, as this was stopped or others work on it: run it again, or leave it to the night.")
    else:
        yield _("Everything that was due is deleted.") if total else _("Nothing is due.")


def _format_days(days: int | None) -> str:
    return "" if days is None else ngettext(" (after %d day)", " (after %d days)", days) % days
