"""The command that writes an edition, and how it comes back from the file."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from digest.domain import Entry, FetchedPaper
from digest.editions import build
from digest.editions.export import load_for_export
from digest.ingest.fetch import ingest_entries
from digest.models import Edition, EditionSummary, Summary
from digest.sources.files.detect import open_paths
from tests.ingest.fetched import CHINESE, DAY, paper


def written_to(path: Path, kind: str, day: date = DAY) -> Path:
    call_command("export_edition", date=day, format=kind, output=str(path), stderr=StringIO())
    return path


def built(entries: Iterable[Entry], day: date = DAY) -> Edition:
    ingest_entries(entries, day, "test")
    return build.build_edition(day)


@pytest.mark.django_db
def test_imported_summaries_are_exported_before_any_is_shown() -> None:
    edition = built([paper(1, summary=CHINESE), paper(2)])
    assert [(found.writer, found.text.tldr) for found in load_for_export(edition).summaries.values()] == [
        ("imported", CHINESE.tldr)
    ]


@pytest.mark.django_db
def test_what_an_edition_shows_goes_before_what_came_along() -> None:
    edition = built([paper(1, summary=CHINESE)])
    entry = edition.entries.get()
    better = Summary.objects.create(version=entry.version, language="zh", writer="gpt", tldr="更好的摘要。")
    EditionSummary.objects.create(entry=entry, language="zh", summary=better)
    assert load_for_export(edition).summaries[0, "zh"].writer == "gpt"


@pytest.mark.django_db
def test_an_edition_is_read_in_a_handful_of_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    edition = built([paper(number, summary=CHINESE) for number in range(1, 30)])
    with django_assert_max_num_queries(4):
        assert len(load_for_export(edition).papers) == 29


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["markdown", "jsonl"])
def test_the_command_writes_a_file_that_can_be_taken_in_again(tmp_path: Path, kind: str) -> None:
    edition = built([paper(1, summary=CHINESE), paper(2, section="stat.ML", kind="cross"), paper(3)])
    before = load_for_export(edition)
    path = written_to(tmp_path / "edition.txt", kind)
    edition.delete()
    Summary.objects.all().delete()
    report = ingest_entries(open_paths([path]).entries(DAY), DAY, "again")
    assert (report.entries, report.known, report.rejected) == (3, 3, ())
    after = load_for_export(build.build_edition(DAY))
    assert [(each.arxiv_id, each.section, each.kind) for each in after.papers] == [
        (each.arxiv_id, each.section, each.kind) for each in before.papers
    ]
    assert [found.text for found in after.summaries.values()] == [found.text for found in before.summaries.values()]
    assert [file.name for file in tmp_path.iterdir()] == ["edition.txt"]


@pytest.mark.django_db
def test_the_command_writes_to_standard_output_by_default() -> None:
    built([paper(1)])
    out = StringIO()
    call_command("export_edition", date=DAY, stdout=out)
    assert out.getvalue().startswith("<div id=toc></div>\n")
    assert out.getvalue().endswith("</details>\n")


@pytest.mark.django_db
def test_a_day_without_an_edition_is_said_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no edition of 2026-02-03"):
        written_to(tmp_path / "edition.md", "markdown")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    built([paper(1)])
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        written_to(tmp_path / "nowhere" / "edition.md", "markdown")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandError, match="cannot be written"):
        written_to(tmp_path / "folder", "markdown")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


@pytest.mark.data
@pytest.mark.django_db
def test_the_real_digest_is_exported_as_it_was_imported(shared_data: Path, tmp_path: Path) -> None:
    day = date(2026, 1, 23)
    seed = shared_data / "seeds" / "001_66300aba2b2ce64f.txt"
    original = list(open_paths([seed]).entries(day))
    built(original, day)
    path = written_to(tmp_path / "export.md", "markdown", day)
    again = list(open_paths([path]).entries(day))
    assert {_content(entry) for entry in again} == {_content(entry) for entry in original}
    totals = [line for line in path.read_text().splitlines() if "[Total:" in line]
    assert totals == ["- [cs.LG](#cs.LG) [Total: 50]", "- [stat.ML](#stat.ML) [Total: 6]"]


def _content(entry: Entry) -> FetchedPaper:
    assert isinstance(entry, FetchedPaper), entry
    return replace(entry, where="")
