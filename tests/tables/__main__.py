"""Tables of what mail servers and providers say and what it is taken for: `python -m tests.tables answers|reports`.

`answers` changes each answer too: its code or address removed, our address put in, another stage, a 4 for the 5.
`reports` posts each report of the field to the webhooks. It ends with 1 where one is not understood. The rows of the
field are there only where the evaluation data lie beside the checkout.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Iterator

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
    parser.add_argument("table", choices=("answers", "reports"))
    django.setup()
    wrong = 0
    for line, is_right in {"answers": answer_lines, "reports": report_lines}[parser.parse_args().table]():
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
        is_right = (fault == Fault.GONE) is row.is_gone
        text = row.answer.replace("\n", " ⏎ ").replace("|", "\\|")
        line = f"| {text} | {row.stage} | {fault} | {_yes(is_right)} | {sum(kept)} of {len(kept)} |"
        yield line, is_right and all(kept)


def report_lines() -> Iterator[tuple[str, bool]]:
    """Yield the table's lines, each with whether it is right, from a database of their own."""
    from tests.conftest import SHARED
    from tests.web.reports import post_field_reports

    warnings.simplefilter("ignore")
    runner = get_runner(django.conf.settings)(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        yield "| provider | report | kept as | about | no more letters | right |", True
        yield "| --- | --- | --- | --- | --- | --- |", True
        for effect in post_field_reports(SHARED) if SHARED.exists() else ():
            cells = (effect.provider, effect.note, effect.kind, effect.fault, effect.stopped, _yes(effect.is_right))
            yield f"| {' | '.join(cells)} |", effect.is_right
    finally:
        runner.teardown_databases(databases)
        runner.teardown_test_environment()


def _yes(is_right: bool) -> str:
    return "yes" if is_right else "**NO**"


if __name__ == "__main__":
    sys.exit(main())
