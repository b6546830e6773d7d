"""What becomes of the papers under every misbehaviour of a model service: `python -m tests.faults.summaries`.

Prints a table, profile by profile, and ends with 1 if any paper of any row is without a summary that may be shown.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import django

PAPERS = 2
LANGUAGES = ("en", "zh")
# Papers of the rows that show where a run stops asking.
MANY = 40
STOPPED_BY = ("401", "429, quota", "503")
# Seconds for a call; the real ones are 60.
TIMEOUT = 0.4


@dataclass(frozen=True)
class Row:
    """One run over an edition of PAPERS papers, each wanted in LANGUAGES."""

    calls: int
    # As the server counted.
    requests: int
    by_model: int
    extractive: int
    owed: int
    reasons: str
    seconds: float
    # What must never be, in words.
    faults: Sequence[str]


def run(server: Any, profiles: Sequence[str], papers: int = PAPERS) -> Row:
    """The service answers with *profiles* in turn, over and over. Leaves its edition in the database."""
    from digest.models import Backfill
    from digest.summaries.write import write_summaries
    from tests.faults.misbehaviour import PROFILES
    from tests.summaries.papers import edition

    server.reset(lambda number: PROFILES[profiles[number % len(profiles)]])
    made = edition(papers)
    began = time.monotonic()
    counts = write_summaries(made, {language: range(papers) for language in LANGUAGES})
    seconds = time.monotonic() - began
    shown = _shown(made)
    by_model = sum(summary.writer != "extractive" for _, _, summary in shown)
    reasons = [*counts.use.rejected, *counts.use.failed]
    return Row(
        calls=counts.use.calls,
        requests=server.requests,
        by_model=by_model,
        extractive=len(shown) - by_model,
        owed=Backfill.objects.filter(done_at=None).count(),
        reasons=", ".join(reasons),
        seconds=seconds,
        faults=[*_amiss(shown, papers), *_unbalanced(counts, papers)],
    )


def _shown(made: Any) -> list[tuple[Any, str, Any]]:
    from digest.models import EditionSummary

    rows = EditionSummary.objects.filter(entry__edition=made).select_related("summary", "entry__version")
    return [(row.entry.version, row.language, row.summary) for row in rows]


def _amiss(shown: Sequence[tuple[Any, str, Any]], papers: int) -> Iterator[str]:
    from digest.domain import SummaryText
    from digest.sources.summary_placeholders import find_placeholder
    from digest.summaries.jobs import PaperText
    from digest.summaries.llm.validation import find_faults

    if len(shown) != papers * len(LANGUAGES):
        yield f"{len(shown)} summaries for {papers} papers in {len(LANGUAGES)} languages"
    for version, language, summary in shown:
        text = SummaryText(*(getattr(summary, name) for name in SummaryText.__dataclass_fields__))
        told = " ".join(getattr(text, name) for name in SummaryText.__dataclass_fields__)
        if find_placeholder(told) or not text.tldr.strip():
            yield f"a placeholder: {told}"
        if summary.writer == "extractive":
            yield from _unlabelled(version, language, summary)
        elif summary.language != language or find_faults(text, PaperText(version.title, version.abstract), language):
            yield f"not fit to be shown in {language}: {told}"


def _unlabelled(version: Any, language: str, summary: Any) -> Iterator[str]:
    from digest.models import Backfill

    if summary.language != "en":
        yield "an extractive summary that is not marked as English"
    if not Backfill.objects.filter(version=version, language=language, done_at=None).exclude(reason="").exists():
        yield f"nobody owes the {language} summary of {version}"


def _unbalanced(counts: Any, papers: int) -> Iterator[str]:
    from django.db.models import Sum

    from digest.models import ModelCall

    use, calls = counts.use, ModelCall.objects.all()
    if counts.model + counts.extractive + counts.imported + counts.cached != papers:
        yield f"not every paper is counted: {counts}"
    if calls.count() != use.calls or calls.filter(state="asked").exists():
        yield "the table of calls is not what the run says"
    if calls.exclude(state="accepted").filter(reason="").exists():
        yield "an answer was turned down without a reason"
    if (calls.aggregate(total=Sum("cost"))["total"] or 0) != use.cost:
        yield "the cost of the calls is not what the run says"
    accepted = calls.filter(state="accepted").count()
    if accepted + use.rejected.total() + use.failed.total() != use.calls:
        yield "calls are not accepted, rejected and failed ones"


@contextmanager
def hurried(server: Any) -> Iterator[None]:
    """The settings of a model that lives at *server*, with all waits made tiny."""
    from unittest.mock import patch

    from django.test import override_settings

    from digest.summaries.llm import dispatcher
    from digest.summaries.llm.client import ModelService

    chosen = {"OPENAI_BASE_URL": server.address, "OPENAI_MODEL": "m-1", "LLM_TIMEOUT": TIMEOUT, "LLM_CONCURRENCY": 4}
    ModelService(
        base_url=server.address, api_key="none", model="m-1", timeout=1
    ).prepare()  # the first time takes a second
    with (
        override_settings(**chosen),
        patch.object(dispatcher, "BACKOFF_SECONDS", 0.002),
        patch.object(dispatcher, "GRACE_SECONDS", 0.2),
    ):
        yield


def table() -> Iterator[tuple[str, Row]]:
    from django.db import transaction
    from django.test import override_settings

    from tests.faults.misbehaviour import PROFILES
    from tests.faults.model_server import ModelServer

    with ModelServer(lambda number: PROFILES["good"]) as server, hurried(server):
        for name in PROFILES:
            with transaction.atomic():
                yield name, run(server, [name])
                transaction.set_rollback(True)
        for name in STOPPED_BY:
            with transaction.atomic(), override_settings(LLM_CONCURRENCY=8):
                yield f"{name}, {MANY} papers", run(server, [name], MANY)
                transaction.set_rollback(True)


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
    from tests import environment

    assert environment  # its import has set what the tests want
    os.environ["LOG_LEVEL"] = "CRITICAL"
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    bad = 0
    print(f"{PAPERS} papers, each for readers of {' and '.join(LANGUAGES)}; a call may take {TIMEOUT} s\n")
    print(f"{'profile':<28} {'calls':>5} {'model':>5} {'abstract':>8} {'owed':>4} {'time':>6}  reasons")
    for name, row in table():
        numbers = f"{row.calls:>5} {row.by_model:>5} {row.extractive:>8} {row.owed:>4} {row.seconds:>5.2f}s"
        print(f"{name:<28} {numbers}  {row.reasons}", flush=True)
        for fault in row.faults:
            bad += 1
            print(f"{'':<28} WRONG: {fault}")
    print("\nEvery paper has a summary that may be shown." if not bad else f"\n{bad} faults.")
    teardown_databases(databases, verbosity=0)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
