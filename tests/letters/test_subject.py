"""What an inbox shows before a letter is opened."""

from email.header import decode_header

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.letters.subject import format_preheader, format_subject
from tests.letters.sample_letters import edition, letter, order, paper, tree

LONG = "BanditLP: Large-Scale Stochastic Optimization for Personalized Recommendations"


def test_the_subject_has_the_top_title_and_how_many_more() -> None:
    assert format_subject("A short note on graphs", 2) == "A short note on graphs + 2 more"
    assert format_subject(LONG, 3) == "BanditLP: Large-Scale Stochastic… + 3 more"
    assert format_subject("Attention", 0) == "Attention"


@pytest.mark.parametrize("title", ["Hi =?foo?q?bar?= x", "=?utf-8?B?abc?=", "=?utf-8?q?=FF?=", "=?a?q?=?a?q?b?=?="])
def test_no_title_is_taken_for_an_encoded_word(title: str) -> None:
    """Mail programs would show something else, and our own reading of letters ended in an error."""
    (part, charset), *others = decode_header(format_subject(title, 2))
    assert (part, charset, others) == (format_subject(title, 2), None, [])
    assert format_subject("P=?NP: is P?=NP?", 0) == "P=?NP: is P?=NP?"


def test_a_preview_says_so_first() -> None:
    assert format_subject(LONG, 29, preview=True) == "[PREVIEW] BanditLP: Large-Scale… + 29 more"


titles = st.lists(st.text(min_size=1).map(str.strip).filter(bool), min_size=1, max_size=40)


@settings(deadline=None)
@given(titles, st.booleans(), st.sampled_from(["en", "zh-hans"]))
def test_no_subject_is_longer_than_fifty_characters(titles: list[str], preview: bool, language: str) -> None:
    with translation.override(language):
        written = format_subject(titles[0], len(titles) - 1, preview=preview)
    assert len(written) <= 50
    shown = written.removeprefix("[PREVIEW] ").rstrip("…")
    assert shown[:1] == titles[0][:1]


@settings(deadline=None)
@given(titles, st.text(max_size=300))
def test_a_preheader_has_forty_to_ninety_characters(titles: list[str], opening: str) -> None:
    day = "New papers from arXiv, chosen for you on 23 January 2026"
    written = format_preheader(titles, [opening.strip(), day])
    assert 40 <= len(written) <= 90


def test_the_hidden_preheader_names_the_next_two_papers() -> None:
    page = tree(letter().html)
    [hidden] = [div for div in page.iter("div") if "display:none" in div.get("style", "")]
    assert hidden.text == "Diffusion models for weather, hour by hour · A short note on graphs"


def test_a_single_paper_previews_its_own_summary() -> None:
    page = tree(letter(order(0)).html)
    [hidden] = [div for div in page.iter("div") if "display:none" in div.get("style", "")]
    assert "We give O(T + V_T) bounds" in str(hidden.text)


@pytest.mark.parametrize("title", ["0", "a" * 226, "深度学习" * 40])
def test_strange_titles_make_sound_subjects(title: str) -> None:
    sent = letter(order(0, 1), edition([paper(0, title=title), paper(1)]))
    assert sent.subject.startswith(title[:20].strip())
    assert len(sent.subject) <= 50
    assert sent.subject.endswith(" + 1 more")
