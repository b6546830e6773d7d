import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.ingest.source_factory import listing_day
from digest.management.arguments import parse_day
from digest.management.progress_bars import ProgressBars
from digest.signals.collect import SignalReport, collect_signals


class Command(BaseCommand):
    help = "Ask Hugging Face for votes and comments, and GitHub for stars, of a day's papers. A run does it by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=parse_day, help=_("The day of the listing. Default: today, US Eastern time.")
        )
        parser.add_argument("--json", action="store_true", help=_("Print the outcome as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["date"] or listing_day()
        with ProgressBars().stage("signals") as tick:
            outcomes = collect_signals(day, tick)
        if options["json"]:
            signals = {name: asdict(outcome) for name, outcome in outcomes.items()}
            self.stdout.write(json.dumps({"day": day.isoformat(), "signals": signals}, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_format_outcomes(outcomes)))


def _format_outcomes(outcomes: Mapping[str, SignalReport]) -> Iterator[str]:
    for name, outcome in outcomes.items():
        yield f"{name}: {', '.join(_format_counts(outcome))}" + (f". {outcome.problem}" if outcome.problem else "")


def _format_counts(outcome: SignalReport) -> Iterator[str]:
    yield ngettext("%d paper", "%d papers", outcome.papers) % outcome.papers
    yield ngettext("%d observation", "%d observations", outcome.observations) % outcome.observations
    yield ngettext("%d paper not ours", "%d papers not ours", outcome.unknown) % outcome.unknown
    yield _("%d skipped") % outcome.skipped
