"""Tables of what comes from outside and what it is taken for: `python -m tests.tables answers`, and so on.

`answers` are those of mail servers; it changes each of them too: its code or address removed, our address put in,
another stage, a 4 for the 5. `reports` posts each report of the field to the webhooks. `exports` imports files of other
services, as they come and as people change them, and counts who is active although they had left. `attacks` plays
whoever got a forwarded letter, and those who send thousands of requests; it takes some minutes. `papers` counts what is
understood of the evaluation data's papers, and `letters` measures the letters of a thousand of them. `topic` shows a
public list of papers beside our pages for the same words. Each ends with 1 where something is not understood. The rows
of the field are there only where the evaluation data lie beside the checkout.

Four are to be read by eye. Of what `--seed` draws, `tldr` prints the TL;DRs that the extractive writer makes of 40
papers, and `picks` the letters of readers with 0, 3, 30 and 300 likes in five fields for three real days; `relevance`
measures how well papers are chosen, and what each family of features adds, which takes an hour; `searches` prints what
twenty queries find among all papers, and what is similar to the first of each.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.test.utils import get_runner

from tests import environment

assert environment  # its import has set what the tests want
os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
os.environ["LOG_LEVEL"] = "CRITICAL"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.tables", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", choices=(*TABLES, *READ_BY_EYE))
    parser.add_argument("--seed", type=int, default=1, help="what is drawn, by `tldr`, `picks` and `relevance`")
    arguments = parser.parse_args()
    django.setup()
    wrong = 0
    by_eye = READ_BY_EYE.get(arguments.table)
    lines = by_eye(arguments.seed) if by_eye else TABLES[arguments.table]()
    for line, is_right in lines:
        wrong += not is_right
        print(line)
    print(f"\n{wrong} wrong.")
    return int(bool(wrong))


def answer_lines() -> Iterator[tuple[str, bool]]:
    """Yield the table's lines, each with whether it is right."""
    from subscriptions.email.mail_answers import Fault
    from tests.subscriptions.email import answers

    yield "| answer | to | taken for | right | mutations that give up nobody they must not |", True
    yield "| --- | --- | --- | --- | --: |", True
    for row in answers.all_rows():
        fault = answers.fault_of(row.answer, row.stage)
        changed = list(answers.mutations(row))
        kept = [may or answers.fault_of(answer, stage) != Fault.GONE for answer, stage, may in changed]
        same = {answers.fault_of(answer, row.stage) for answer in answers.same_answers(row)}
        is_right = (fault == Fault.GONE) is row.is_gone and same == {fault}
        text = row.answer.replace("\n", " ⏎ ").replace("|", "\\|")
        line = f"| {text} | {row.stage} | {fault} | {_yes(is_right)} | {sum(kept)} of {len(kept)} |"
        yield line, is_right and all(kept)


def report_lines() -> Iterator[tuple[str, bool]]:
    """Yield the table's lines, each with whether it is right, from a database of their own."""
    from tests.conftest import SHARED
    from tests.web.reports import post_field_reports

    with _temporary_database():
        yield "| provider | report | kept as | about | no more letters | right |", True
        yield "| --- | --- | --- | --- | --- | --- |", True
        for effect in post_field_reports(SHARED) if SHARED.exists() else ():
            cells = (effect.provider, effect.note, effect.kind, effect.fault, effect.stopped, _yes(effect.is_right))
            yield f"| {' | '.join(cells)} |", effect.is_right


def export_lines() -> Iterator[tuple[str, bool]]:
    """Yield the table's lines, each with whether it is right, from a database of their own."""
    from tests.conftest import SHARED
    from tests.subscriptions.importing.exports import EXPORTS, VARIANTS, import_variants, read_field_cases

    with _temporary_database():
        yield (
            f"| service | file | people | active | pending | active who had left | right of {len(VARIANTS)} forms |",
            True,
        )
        yield "| --- | --- | --: | --: | --: | --: | --: |", True
        wrongly_active = 0
        for export in (*(read_field_cases(SHARED) if SHARED.exists() else ()), *EXPORTS):
            outcomes = import_variants(export)
            active, pending, gone = (set(names.split()) for names in (export.active, export.pending, export.gone()))
            wrongly = sum(len(outcome.active & gone) for outcome in outcomes)
            right = sum(export.is_right(outcome) for outcome in outcomes)
            wrongly_active += wrongly
            people = len(active | pending | gone)
            cells = (export.service, export.file, people, len(active), len(pending), wrongly, right)
            yield f"| {' | '.join(map(str, cells))} |", not wrongly and right == len(VARIANTS)
        yield f"\n{wrongly_active} people active who had left.", not wrongly_active


def pick_lines(seed: int) -> Iterator[tuple[str, bool]]:
    """Yield the letters of readers with few and many likes."""
    from tests.conftest import SHARED
    from tests.ranking.sample_letters import list_letters

    yield from ((line, True) for line in (list_letters(SHARED, seed) if SHARED.exists() else ()))


def relevance_lines(seed: int) -> Iterator[tuple[str, bool]]:
    """Yield how well papers are chosen for readers, topics and a search, and which will be noticed."""
    from tests.conftest import SHARED
    from tests.ranking.relevance_table import list_rows

    with _temporary_database():
        yield from ((line, True) for line in (list_rows(SHARED, seed) if SHARED.exists() else ()))


def search_lines(_seed: int) -> Iterator[tuple[str, bool]]:
    """Yield what twenty queries find among all papers of the evaluation data."""
    from tests.conftest import SHARED
    from tests.search.asked_searches import list_searches

    with _temporary_database():
        yield from ((line, True) for line in (list_searches(SHARED) if SHARED.exists() else ()))


def topic_lines() -> Iterator[tuple[str, bool]]:
    """Yield what our pages find of a public list of papers among 5,000 others."""
    from tests.conftest import SHARED
    from tests.search.public_list import list_rows

    with _temporary_database():
        yield from ((row, True) for row in (list_rows(SHARED, 5000) if SHARED.exists() else ()))


def attack_lines() -> Iterator[tuple[str, bool]]:
    """Yield what strangers get by a forwarded letter and by floods, each line with whether it is what they may get."""
    import time_machine
    from django.core import mail
    from django.db import transaction
    from django.test import Client, override_settings

    from tests.subscriptions.floods import FLOODS
    from tests.web.forwarded_letter import ATTACKS, NOON, forward_letter

    with _temporary_database(), override_settings(ERRANDS_INLINE=True):
        yield "| attack | before | now | right |", True
        yield "| --- | --- | --- | --- |", True
        for attack in ATTACKS:
            mail.outbox.clear()
            with transaction.atomic(), time_machine.travel(NOON, tick=False):
                found = attack.attempt(Client(), forward_letter())
                transaction.set_rollback(True)
            yield f"| {attack.name} | {attack.once} | {found} | {_yes(found == attack.now)} |", found == attack.now
        for flood in FLOODS:
            with transaction.atomic():
                found = flood.attempt()
                transaction.set_rollback(True)
            yield f"| {flood.name} | {flood.once} | {found} | {_yes(found == flood.now)} |", found == flood.now


def paper_lines() -> Iterator[tuple[str, bool]]:
    """Yield how much of the evaluation data's papers is understood, beside the figures of before."""
    from tests.conftest import SHARED
    from tests.sources.understood import count_understood

    found = count_understood(SHARED)
    yield f"{found.papers} papers\n", True
    yield "| what | before | now |", True
    yield "| --- | --: | --: |", True
    yield f"| withdrawn by their comment or abstract | 6 | {len(found.withdrawn)} |", True
    yield f"| that stay, as the comment may mean another withdrawal | – | {len(found.unclear)} |", True
    yield f"| with code of their own, by abstract or comment | 0 | {sum(found.code_hosts.values())} |", True
    yield f"| symbols of KaTeX that read as signs, of 597 | 396 | {found.symbols} |", found.symbols == 597
    lost = len(found.with_lost_letters)
    yield f"| titles and abstracts that lose a letter or digit | 0 | {lost} |", lost == 0
    yield f"\nCode lies at: {', '.join(f'{host} {count}' for host, count in found.code_hosts.most_common())}.", True
    yield f"Withdrawn: {', '.join(found.withdrawn)}. In doubt: {', '.join(found.unclear)}.", True
    if found.with_lost_letters:
        yield f"Letters lost: {', '.join(found.with_lost_letters[:20])}.", False


def letter_lines() -> Iterator[tuple[str, bool]]:
    """Yield what was measured of the letters of a thousand real papers, by language and level of detail."""
    from subscriptions.letter_languages import LETTER_LANGUAGES
    from subscriptions.preference_defaults import PAPERS_IN_FULL
    from tests.conftest import SHARED
    from tests.letters.real_papers import load_papers, measure_letters

    yield (
        "| language | detail | letters | largest | subject | preheader | links differ | TeX shows | words lost |",
        True,
    )
    yield "| --- | --- | --: | --: | --: | --: | --: | --: | --: |", True
    papers = load_papers(SHARED, 1000) if SHARED.exists() else ()
    for language in LETTER_LANGUAGES if papers else ():
        for detail in PAPERS_IN_FULL:
            found = measure_letters(papers, language, detail)
            cells = (
                *(language, detail, str(found.letters), f"{max(found.bytes) / 1000:.1f} kB"),
                *(f"{min(each)} to {max(each)}" for each in (found.subjects, found.preheaders)),
                *(str(len(each)) for each in (found.unequal, found.raw, found.lost)),
            )
            yield f"| {' | '.join(cells)} |", not found.faults


def tldr_lines(seed: int) -> Iterator[tuple[str, bool]]:
    """Yield the extractive TL;DR of each paper drawn by *seed*, under the paper's id and title."""
    from digest.summaries.extractive.writer import write_summary
    from tests.conftest import SHARED
    from tests.summaries.extractive.corpus import draw_papers

    for number, paper in enumerate(draw_papers(SHARED, seed) if SHARED.exists() else (), start=1):
        yield f"{seed}.{number} {paper.arxiv_id} {paper.title}", True
        yield f"    {write_summary(paper.title, paper.abstract).tldr}", True


@contextmanager
def _temporary_database() -> Iterator[None]:
    warnings.simplefilter("ignore")
    runner = get_runner(django.conf.settings)(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        yield
    finally:
        runner.teardown_databases(databases)
        runner.teardown_test_environment()


def _yes(is_right: bool) -> str:
    return "yes" if is_right else "**NO**"


TABLES = {
    "answers": answer_lines,
    "reports": report_lines,
    "attacks": attack_lines,
    "exports": export_lines,
    "letters": letter_lines,
    "papers": paper_lines,
    "topic": topic_lines,
}

READ_BY_EYE = {"tldr": tldr_lines, "picks": pick_lines, "relevance": relevance_lines, "searches": search_lines}

if __name__ == "__main__":
    sys.exit(main())
