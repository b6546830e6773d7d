"""What an edition shows, without a model."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.models import Backfill, EditionSummary, Summary
from digest.summaries.write import SummaryCounts, write_summaries
from tests.summaries.papers import ABSTRACT, DAY, edition, imported, shown

pytestmark = pytest.mark.django_db


def test_every_paper_of_an_edition_gets_a_summary_in_english() -> None:
    made = edition(3)
    assert write_summaries(made, {}) == SummaryCounts(extractive=3)
    assert [shown(made, rank).writer for rank in range(3)] == ["extractive"] * 3
    assert shown(made, 0).tldr.startswith("We propose Sieve")


def test_a_second_run_writes_nothing() -> None:
    made = edition(3)
    write_summaries(made, {"zh": [1]})
    before = list(EditionSummary.objects.order_by("id").values())
    assert write_summaries(made, {"zh": [1]}) == SummaryCounts(cached=3)
    assert list(EditionSummary.objects.order_by("id").values()) == before
    assert Summary.objects.count() == 3


def test_without_chinese_text_readers_get_the_english_one() -> None:
    made = edition(2)
    write_summaries(made, {"zh": [1]})
    assert shown(made, 1, "zh") == shown(made, 1, "en")
    assert shown(made, 1, "zh").language == "en"
    assert not EditionSummary.objects.filter(entry__rank=0, language="zh").exists()


def test_an_imported_summary_goes_before_the_extractive_one() -> None:
    made = edition(2)
    imported(made, 0)
    assert write_summaries(made, {"en": [0, 1]}) == SummaryCounts(extractive=1, imported=1)
    assert shown(made, 0).tldr == "Told elsewhere."
    assert not Summary.objects.filter(version__entries__rank=0, writer="extractive").exists()


def test_an_english_reader_never_gets_a_chinese_text() -> None:
    made = edition(1)
    imported(made, 0, "zh", "我们提出了一种方法。")
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(imported=1)
    assert (shown(made, 0, "en").writer, shown(made, 0, "en").language) == ("extractive", "en")
    assert shown(made, 0, "zh").tldr == "我们提出了一种方法。"


def test_what_was_shown_once_stays_though_something_better_comes() -> None:
    made = edition(1)
    write_summaries(made, {})
    imported(made, 0)
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(cached=1)
    assert shown(made, 0).writer == "extractive"


def test_a_later_language_opens_only_its_own_papers() -> None:
    made = edition(3)
    write_summaries(made, {})
    assert write_summaries(made, {"zh": [2, 7]}) == SummaryCounts(extractive=1, cached=2)


def test_a_run_killed_before_showing_is_finished_by_the_next() -> None:
    made = edition(3)
    write_summaries(made, {})
    EditionSummary.objects.filter(entry__rank=2).delete()
    assert write_summaries(made, {}) == SummaryCounts(extractive=1, cached=2)
    assert Summary.objects.count() == 3


def test_without_a_model_nothing_is_owed() -> None:
    write_summaries(edition(2), {"zh": [0, 1]})
    assert not Backfill.objects.exists()


def test_without_an_abstract_the_title_is_the_summary() -> None:
    made = edition(1, abstract="")
    write_summaries(made, {})
    assert shown(made, 0).tldr == "0 Sieve: weighing examples by their gradients"


def test_a_placeholder_in_an_abstract_is_never_stored() -> None:
    made = edition(1, abstract=f"Summary generation failed. {ABSTRACT} Method extraction failed")
    write_summaries(made, {})
    stored = Summary.objects.get()
    assert "failed" not in " ".join([stored.tldr, stored.motivation, stored.method, stored.result, stored.conclusion])


def test_an_empty_edition_has_nothing_to_say() -> None:
    assert write_summaries(edition(0), {"en": [0]}) == SummaryCounts()


def test_progress_ends_at_the_number_of_papers() -> None:
    seen: list[tuple[int, int | None]] = []
    write_summaries(edition(4), {}, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)


def test_the_number_of_queries_does_not_grow_with_the_papers() -> None:
    few, many = edition(2), edition(60, DAY + timedelta(days=1))
    assert (
        _queries(lambda: write_summaries(many, {"zh": range(60)}))
        == _queries(lambda: write_summaries(few, {"zh": range(2)}))
        < 20
    )


def _queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)
