"""The command that counts how rare terms are."""

from io import StringIO
from math import log
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from digest.ranking.text.term_rarity import RARITY_UNIT, number_word, parse_rarity
from subscriptions.filters.language import tokens
from tests.research.past_days import paper_lines, write_lines


def train(*papers: Path, out: Path) -> str:
    said = StringIO()
    call_command("train_rarity", *map(str, papers), out=out, stdout=said)
    return said.getvalue()


def test_the_table_holds_how_rare_each_term_is(tmp_path: Path) -> None:
    lines = [{**line, "title": "On rings" if number else "Knots"} for number, line in enumerate(paper_lines())]
    papers = write_lines(tmp_path / "papers.jsonl", lines)
    table = tmp_path / "rarity.xz"
    assert f"{len(lines)} papers" in train(papers, out=table)
    [word] = tokens("Knots")
    rarity = int(parse_rarity(table.read_bytes()).values[number_word(word)])
    assert rarity == round(RARITY_UNIT * log((len(lines) + 1) / 2))


def test_a_paper_that_two_files_have_counts_once(tmp_path: Path) -> None:
    papers = write_lines(tmp_path / "papers.jsonl", paper_lines())
    train(papers, out=tmp_path / "once")
    train(papers, papers, out=tmp_path / "twice")
    assert (tmp_path / "once").read_bytes() == (tmp_path / "twice").read_bytes()


def test_a_file_without_papers_changes_no_table(tmp_path: Path) -> None:
    empty = write_lines(tmp_path / "papers.jsonl", [])
    with pytest.raises(CommandError, match="no papers"):
        train(empty, out=tmp_path / "rarity.xz")
    assert not (tmp_path / "rarity.xz").exists()
