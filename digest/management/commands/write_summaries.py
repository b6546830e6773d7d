import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.ingest.source_factory import listing_day
from digest.management.day_command import DayCommand
from digest.management.progress_bars import ProgressBars
from digest.management.report_text import format_model_use
from digest.picking.batch_order import order_batch
from digest.summaries.llm.batch_client import BatchProblem
from digest.summaries.llm.batch_collect import CollectedBatches, collect_batches
from digest.summaries.llm.budget import ModelUse, sum_spending
from digest.summaries.llm.requests import find_owed, request_owed
from digest.summaries.write import improve_summaries


class Command(DayCommand):
    help = "Write the summaries that the readers of a day will see."
    stages = ("summarise",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        action = parser.add_mutually_exclusive_group()
        action.add_argument("--backfill", action="store_true", help="Ask the model again for summaries it still owes.")
        action.add_argument(
            "--batch",
            action="store_true",
            help="Order the day's summaries, and those owed, at half the price, to come within a day.",
        )
        action.add_argument("--collect", action="store_true", help="Take in what was ordered with --batch.")
        parser.set_defaults(source=None)

    def handle(self, *args: Any, **options: Any) -> None:
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "backfill": self._backfill,
            "batch": self._batch,
            "collect": self._collect,
        }
        chosen = next((action for name, action in actions.items() if options[name]), None)
        if chosen is None:
            super().handle(*args, **{**options, "source": options["source"] or ["arxiv"]})
            return
        _refuse_conflicting_options(options)
        try:
            chosen(options)
        except BatchProblem as problem:
            raise CommandError(str(problem)) from problem

    def _backfill(self, options: dict[str, Any]) -> None:
        with ProgressBars().stage("backfill") as tick:
            asked = request_owed(tick)
        improve_summaries()
        written, left = len(asked.written), len(find_owed())
        text = ngettext(
            "%(written)d summary written by the model, %(left)d still owed",
            "%(written)d summaries written by the model, %(left)d still owed",
            written,
        )
        lines = [text % {"written": written, "left": left}]
        self._print_result(options, lines, asked.use, written=written, owed=left)
        if asked.use.calls and not written:
            raise CommandError(_("No call to the model brought a summary; still owed: %d") % left)

    def _batch(self, options: dict[str, Any]) -> None:
        with ProgressBars().stage("batch") as tick:
            made = order_batch(options["date"] or listing_day(), tick)
        text = ngettext(
            "%d summary ordered; take it in with --collect",
            "%d summaries ordered; take them in with --collect",
            made.requests,
        )
        lines = [*_describe_collected(made.collected), text % made.requests]
        self._print_result(
            options, lines, made.collected.use, **_count_collected(made.collected), ordered=made.requests
        )

    def _collect(self, options: dict[str, Any]) -> None:
        with ProgressBars().stage("collect") as tick:
            collected = collect_batches(tick)
        improve_summaries()
        self._print_result(options, _describe_collected(collected), collected.use, **_count_collected(collected))

    def _print_result(self, options: dict[str, Any], lines: list[str], use: ModelUse, **counts: int) -> None:
        outcome = {**counts, **use.as_json(), "spent": sum_spending()}
        text = json.dumps(outcome) if options["json"] else "\n".join([*lines, *format_model_use(outcome)])
        self.stdout.write(text)


def _refuse_conflicting_options(options: dict[str, Any]) -> None:
    """Raise CommandError for options that exclude each other. A model is paid for answers that nobody keeps too."""
    if options["dry_run"]:
        raise CommandError(_("--backfill, --batch and --collect cost money: they cannot be tried with --dry-run."))
    if options["source"]:
        raise CommandError(_("--backfill, --batch and --collect read no papers: leave --source out."))


def _describe_collected(collected: CollectedBatches) -> list[str]:
    taken = ngettext(
        "%(written)d summary taken in, %(owed)d owed",
        "%(written)d summaries taken in, %(owed)d owed",
        collected.written,
    )
    still_open = ngettext("%d batch still being answered", "%d batches still being answered", collected.still_open)
    return [taken % {"written": collected.written, "owed": collected.owed}, still_open % collected.still_open]


def _count_collected(collected: CollectedBatches) -> dict[str, int]:
    return {"written": collected.written, "owed": collected.owed, "still_open": collected.still_open}
