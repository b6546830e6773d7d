"""A day's report as people read it."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

DAY = date(2026, 1, 23)
COMMANDS = ["fetch_papers", "build_edition", "write_summaries", "send_letters", "reconcile"]


def heading(command: str, *flags: str) -> str:
    out = StringIO()
    call_command(command, "--date", str(DAY), *flags, stdout=out)
    return out.getvalue().splitlines()[0]


@pytest.mark.django_db(transaction=True)
def test_every_command_of_a_day_names_the_source_its_papers_came_from() -> None:
    heading("run_daily", "--source", "sample")
    for command in COMMANDS[1:]:
        assert heading(command) == "Preprint Post, 2026-01-23, from sample"
    assert heading("fetch_papers", "--source", "sample") == "Preprint Post, 2026-01-23, from sample"


@pytest.mark.django_db(transaction=True)
def test_a_day_that_nobody_fetched_is_from_nowhere() -> None:
    assert heading("build_edition") == "Preprint Post, 2026-01-23"
