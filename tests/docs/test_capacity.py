"""The table of readers is what its figures make, so that a new figure changes it too."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEXT = (Path(settings.BASE_DIR) / "docs" / "capacity.md").read_text(encoding="utf-8")
WORKING_DAYS = 5 / 7
SECONDS_OF_HOUR = 3600
UNITS = {"s": 1, "MB": 1e6, "GB": 1e9, "": 1}


def figure(pattern: str) -> float:
    """The first group of *pattern* in the page, as a number."""
    found = re.search(pattern, TEXT)
    assert found, pattern
    return float(found[1].replace(",", ""))


PLAN, SMTP, API = (figure(rf"\| ([\d.]+) ms of a core \| `{step}` of") / 1000 for step in ("plan", "send", "api"))
LETTER_BYTES = figure(r"bytes of a letter on the way \| (\d+) kB") * 1000
ROW_BYTES = figure(r"with one report of a provider \| ([\d.]+) kB on PostgreSQL") * 1000
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if re.match(r"\| [\d,]+ \| [\d.]+ \|", line)
]


def number(cell: str) -> float:
    amount, _blank, unit = cell.partition(" ")
    return float(amount.replace(",", "")) * UNITS[unit]


def test_the_figures_are_those_of_their_runs() -> None:
    for step, name in ((PLAN, "readers"), (SMTP, "letters"), (API, "letters")):
        rates = [float(rate) for rate in re.findall(rf"(\d+) {name} a CPU second", TEXT)]
        assert any(1 / rate == pytest.approx(step, rel=0.03) for rate in rates), step


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_row_follows_from_the_figures(row: list[str]) -> None:
    readers, a_second, by_smtp, by_api, cores_smtp, cores_api, database, mail = map(number, row)
    assert a_second == pytest.approx(readers / SECONDS_OF_HOUR, rel=0.1)
    assert by_smtp == pytest.approx(readers * (PLAN + SMTP), rel=0.1)
    assert by_api == pytest.approx(readers * (PLAN + API), rel=0.1)
    assert cores_smtp == -(-by_smtp // SECONDS_OF_HOUR)
    assert cores_api == -(-by_api // SECONDS_OF_HOUR)
    kept = settings.KEEP_SEEN_PAPERS_DAYS * WORKING_DAYS * ROW_BYTES
    assert database == pytest.approx(readers * kept, rel=0.1)
    assert mail == pytest.approx(readers * LETTER_BYTES, rel=0.1)


def test_there_are_four_rows() -> None:
    assert [row[0] for row in ROWS] == ["1,000", "20,000", "100,000", "1,000,000"]


def test_a_paper_costs_what_the_prices_make() -> None:
    given, written = figure(r"has about (\d+) tokens"), figure(r"an answer about (\d+)")
    dollars = given * float(settings.OPENAI_PRICE_IN) + written * float(settings.OPENAI_PRICE_OUT)
    assert figure(r"= ([\d.]+) dollars for a paper") == pytest.approx(dollars / 1e6)
    day = figure(r"1,000 papers in two languages: ([\d.]+) dollars")
    assert day == pytest.approx(2 * 1000 * dollars / 1e6, rel=0.02)
    assert figure(r"21 days a month: (\d+) dollars") == pytest.approx(21 * day, rel=0.05)
