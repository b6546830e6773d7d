"""No summary is stored that holds what a failed writer left behind, whichever way it came."""

import pytest

from digest.domain import SummaryText
from digest.ingest.fetch import ingest_entries
from digest.models import Summary
from digest.summaries import store
from digest.summaries.extractive import writer
from digest.summaries.jobs import WrittenSummary
from tests.ingest.fetched import DAY, paper
from tests.summaries.papers import edition, version_at

pytestmark = pytest.mark.django_db

# A source would take it: it is a sentence, and not a field that is nothing but a placeholder.
FAILED = "We begin well. Method extraction failed."


def test_a_summary_with_a_placeholder_is_never_stored() -> None:
    version = version_at(edition(1), 0)
    written = WrittenSummary(SummaryText("We weigh examples.", method=FAILED), "en", "small-1", "1")
    with pytest.raises(ValueError, match="is no summary"):
        store.store_written(version.id, written)
    assert not Summary.objects.exists()


def test_an_imported_summary_loses_the_field_that_failed() -> None:
    ingest_entries(
        [paper(1, summary=SummaryText("We sort numbers.", method=FAILED, result="It works."))], DAY, "a file"
    )
    summary = Summary.objects.get(writer="imported")
    assert (summary.tldr, summary.method, summary.result) == ("We sort numbers.", "", "It works.")


def test_an_imported_summary_whose_first_sentence_failed_is_none() -> None:
    ingest_entries([paper(1, summary=SummaryText(FAILED, method="By comparison."))], DAY, "a file")
    assert not Summary.objects.exists()


def test_a_papers_own_words_are_no_way_in_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "write_summary", lambda title, abstract: SummaryText(FAILED, result=FAILED))
    version = version_at(edition(1), 0)
    store.store_extractive([version.id])
    summary = Summary.objects.get(version=version)
    assert (summary.tldr, summary.result) == (writer.LAST_RESORT_TEXT, "")
