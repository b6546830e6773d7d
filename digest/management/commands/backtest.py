import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.backtest import FEW_READER_DAYS, BacktestReport, replay_days
from digest.management.arguments import parse_day_count
from digest.management.progress_bars import ProgressBars
from digest.ranking.personal.relevance import RelevanceWeights, parse_weights
from digest.research.measures import RankingQuality


class Command(BaseCommand):
    help = (
        "Replay past days: would the papers that readers marked have come first? "
        "Nothing is stored and nobody gets a letter."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=parse_day_count, default=30, help=_("How many editions with letters, up to the newest.")
        )
        parser.add_argument("--weights", type=Path, metavar="FILE", help=_("Default: the weights in use."))
        parser.add_argument("--no-author-history", action="store_true", help=_("Let no names count."))
        parser.add_argument("--json", action="store_true", help=_("Print one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        weights = _read_weights(options["weights"]) if options["weights"] else None
        with ProgressBars().stage("replay") as tick:
            report = replay_days(options["days"], weights, names_count=not options["no_author_history"], tick=tick)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(report)))
        else:
            self.stdout.write("\n".join(_format_report(report)))


def _read_weights(path: Path) -> RelevanceWeights:
    try:
        return parse_weights(path.read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CommandError(_("%(file)s has no weights: %(reason)s") % {"file": path, "reason": error}) from error


def _as_json(report: BacktestReport) -> dict[str, Any]:
    qualities = {"by_score": report.by_score, "composed": report.composed, "sent": report.sent}
    return {
        "days": [str(day) for day in report.days],
        **{name: quality._asdict() if quality else None for name, quality in qualities.items()},
        "disliked_in_letter": report.disliked_in_letter,
        "too_little_feedback": report.is_too_little,
    }


def _format_report(report: BacktestReport) -> Iterator[str]:
    if report.by_score is None:
        yield _("No reader marked a paper of these days as wanted: there is nothing to replay yet.")
        return
    yield _("%(days)d days, %(first)s to %(last)s") % {
        "days": len(report.days),
        "first": report.days[0],
        "last": report.days[-1],
    }
    yield f"{'':<22} {'nDCG@10':>8} {'MRR':>8} {'top 10':>8} {'top 100':>8} {_('readers’ days'):>14}"
    rows = (
        (_("ranked by score"), report.by_score),
        (_("letters composed"), report.composed),
        (_("letters sent"), report.sent),
    )
    for name, quality in rows:
        if quality:
            yield _format_quality(name, quality)
    if report.disliked_in_letter is not None:
        yield _("Of the papers marked “less”, %(share).0f%% stand in the first ten places.") % {
            "share": 100 * report.disliked_in_letter
        }
    yield _("Readers mark what they were sent: compare two replays, not a replay with the letters sent.")
    if report.is_too_little:
        yield _("Too little feedback to judge by: with fewer than %(count)d readers’ days a difference is chance.") % {
            "count": FEW_READER_DAYS
        }


def _format_quality(name: str, quality: RankingQuality) -> str:
    shares = (quality.ndcg_at_10, quality.mrr, quality.in_top_10, quality.in_top_100)
    return f"{name:<22} " + " ".join(f"{share:>8.3f}" for share in shares) + f" {quality.reader_days:>14}"
