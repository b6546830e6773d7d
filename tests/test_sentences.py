"""Reasons and sentences are joined without doubled punctuation."""

from datetime import date

import pytest

from digest.delivery.pause import how_to_resume
from digest.sentences import join_reasons, strip_final_marks


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (["2 letters wait.", "The edition is paused."], "2 letters wait. The edition is paused."),
        (["535 no", "550 no"], "535 no; 550 no"),
        (["535 Go away;", "550 no."], "535 Go away; 550 no."),
        (["535 Go away.;", "550 Why?", "Do: this"], "535 Go away. 550 Why? Do: this"),
        (["", " ; ", "one"], "one"),
        ([], ""),
    ],
)
def test_no_mark_follows_another(texts: list[str], joined: str) -> None:
    assert join_reasons(texts) == joined
    assert not any(pair in joined for pair in (".;", ";.", "..", ";;"))


@pytest.mark.parametrize("reason", ["535 no", "535 no.", "535 no;", "535 no!", "535 no..", "535 no.;", "535 no: "])
def test_a_reason_within_a_sentence_has_no_mark_at_its_end(reason: str) -> None:
    assert strip_final_marks(reason) == "535 no"


@pytest.mark.parametrize("reason", ["20 letters could not be sent.", "535 no;", "550 no.;", "Why?"])
def test_a_pause_is_told_without_doubled_marks(reason: str) -> None:
    told = join_reasons(["2 letters wait.", how_to_resume(date(2026, 1, 23), reason)])
    assert not any(pair in told for pair in (".;", ";.", "..", "?."))
