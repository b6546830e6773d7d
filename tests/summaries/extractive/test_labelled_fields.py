from pathlib import Path

import pytest

from digest.summaries.extractive.writer import write_summary
from tests.summaries.extractive.labelled_fields import FIELDS, read_fields, read_labels, share_found, share_wrong


@pytest.mark.data
def test_fields_tell_what_a_reader_would_put_there(shared_data: Path) -> None:
    readings = list(read_fields(shared_data))
    assert len(readings) == len(FIELDS) * len(dict(read_labels())) == 300
    for field in FIELDS:
        of_field = [reading for reading in readings if reading.field == field]
        assert share_found(of_field) >= 0.8, field
        assert share_wrong(of_field) <= 0.1, field


def test_an_opening_without_a_problem_is_a_motivation() -> None:
    summary = write_summary("Sums by bees", "Bees add numbers. We show that wasps add numbers by dancing.")
    assert summary.motivation == "Bees add numbers."


def test_the_last_sentence_is_a_result_where_none_says_so() -> None:
    summary = write_summary(
        "Sums by bees",
        "We propose a way of adding numbers with bees. The bees fly from flower to flower. It is used in two gardens.",
    )
    assert summary.result == "It is used in two gardens."
    assert summary.method == "The bees fly from flower to flower."


def test_a_conclusion_is_the_result_where_there_is_no_other() -> None:
    summary = write_summary(
        "Sums by bees", "Bees are many. We propose adding numbers with bees. Overall, bees are a promising computer."
    )
    assert (summary.result, summary.conclusion) == ("Bees are a promising computer.", "")
