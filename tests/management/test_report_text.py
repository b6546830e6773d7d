"""A day's report as people read it."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from digest.management.report_text import format_report
from digest.reconciliation.counts import RunTally
from digest.run import Report
from tests.delivery.outbox_rows import crowd, frozen_edition, planned

DAY = date(2026, 1, 23)
COMMANDS = ["fetch_papers", "build_edition", "write_summaries", "send_letters", "reconcile"]


def heading(command: str, *flags: str) -> str:
    out = StringIO()
    call_command(command, "--date", str(DAY), *flags, stdout=out)
    return out.getvalue().splitlines()[0]


@pytest.mark.django_db(transaction=True)
def test_every_command_of_a_day_names_the_source() -> None:
    heading("run_daily", "--source", "sample")
    for command in COMMANDS[1:]:
        assert heading(command) == "Preprint Post, 2026-01-23, from sample"
    assert heading("fetch_papers", "--source", "sample") == "Preprint Post, 2026-01-23, from sample"


@pytest.mark.django_db(transaction=True)
def test_a_day_that_nobody_fetched_is_from_nowhere() -> None:
    assert heading("build_edition") == "Preprint Post, 2026-01-23"


def test_of_one_is_said_as_of_one() -> None:
    def said(number: int) -> str:
        return "\n".join(
            format_report(
                Report(
                    DAY,
                    edition=number,
                    already=number,
                    already_by_state={"accepted": number},
                    signals={"github": number},
                    seconds={"reconcile": 0.1},
                )
            )
        )

    assert "1 reader had theirs before" in said(1)
    assert "1 paper\n" in said(1)
    assert "github 1 paper\n" in said(1)
    assert "2 readers had theirs before" in said(2)
    assert "github 2 papers" in said(2)


@pytest.mark.django_db
def test_only_those_who_had_theirs_are_said_to() -> None:
    edition, readers = frozen_edition(), crowd(6)
    planned(edition, readers[:2], state="accepted")
    planned(edition, readers[2:4], state="excluded", reason="no_match")
    planned(edition, readers[4:5], state="failed", reason="550 no")
    planned(edition, readers[5:], state="uncertain", reason="lost")
    report = Report(DAY, seconds={"send": 0.1})
    report.take(RunTally(edition).letters())
    assert report.already == 6
    lines = [line.strip() for line in format_report(report)]
    assert "2 readers had theirs before" in lines
    assert "before this run: 2 excluded, 1 failed, 1 uncertain" in lines
