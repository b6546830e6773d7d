"""`write_summaries` with the flags that ask a model instead of running a stage."""

import json
from datetime import UTC, datetime, time
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from digest.models import Backfill, ModelCall
from digest.summaries.write import write_summaries as write
from tests.summaries.model import GOOD, FakeModel, error
from tests.summaries.papers import DAY, edition, shown

pytestmark = pytest.mark.django_db

WAYS = ("--backfill", "--batch", "--collect")


def command(*flags: str, out: StringIO | None = None) -> str:
    out = out or StringIO()
    with time_machine.travel(datetime.combine(DAY, time(12), UTC)):
        call_command("write_summaries", *flags, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("flags", [["--dry-run"], ["--source", "sample"]])
def test_what_costs_money_is_not_tried_out_and_reads_no_papers(model: FakeModel, way: str, flags: list[str]) -> None:
    edition(1)
    with pytest.raises(CommandError, match=flags[0]):
        command(way, *flags)
    assert model.calls == 0
    assert not ModelCall.objects.exists()


def test_an_empty_backfill_names_what_is_owed_and_ends_with_1(model: FakeModel) -> None:
    model.will_answer(error(401))
    write(edition(3), {"en": range(3)})
    out = StringIO()
    with pytest.raises(CommandError, match="still owed: 3") as caught:
        command("--backfill", "--json", out=out)
    assert caught.value.returncode == 1
    report = json.loads(out.getvalue())
    assert (report["written"], report["owed"], report["calls"]) == (0, 3, 1)


def test_what_a_backfill_brings_is_shown(model: FakeModel) -> None:
    model.will_answer(error(401), json.dumps(GOOD))
    made = edition(2)
    write(made, {"en": range(2)})
    assert "2 summaries written by the model, 0 still owed" in command("--backfill")
    assert shown(made, 1).tldr == GOOD["tldr"]
    assert not Backfill.objects.filter(done_at=None).exists()


def test_nothing_owed_is_no_failure(model: FakeModel) -> None:
    assert "0 summaries written by the model, 0 still owed" in command("--backfill")
