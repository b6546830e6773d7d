"""Everything from outside is hostile: titles, names, abstracts, filters, addresses, model answers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.domain import Reason
from tests.letters.sample_letters import as_received, as_sent, edition, letter, order, paper, summary, tree, words_of
from tests.people import ada, eve

MARKUP = "</title></h2><script>alert(1)</script><img src=x onerror=alert(2)>&amp;<!DOCTYPE x>"
BREAK = "Nice title\r\nBcc: all@example.org\r\n\r\nhello"


def test_markup_is_shown_and_never_run() -> None:
    record = summary(tldr=MARKUP, motivation=MARKUP, writer=MARKUP)
    known = paper(0, title=MARKUP, authors=(MARKUP,), abstract=MARKUP, section=MARKUP, categories=(MARKUP,))
    reasons = (Reason("keyword", MARKUP), Reason("author", MARKUP), Reason("category", MARKUP))
    sent = letter(
        order(0, reasons=reasons, detail="structured"),
        edition([known], {(0, "en"): record}),
        ada._replace(email=MARKUP),
    )
    page = tree(sent.html)
    for name in ("script", "img"):
        assert not list(page.iter(name))
    assert words_of(next(page.iter("h2"))) == f"1. {MARKUP}"
    assert "onerror" not in {name for element in page.iter() for name in element.attrib}


def test_line_breaks_never_reach_a_header() -> None:
    known = paper(0, title=BREAK, authors=(BREAK,), section=BREAK, arxiv_id="2601.1\r\nBcc: x@y.example")
    wanted = order(0, reasons=(Reason("keyword", eve.filters[0]),), message_id="<a@b>\r\nBcc: c@d.example")
    sent = letter(wanted, edition([known]), eve._replace(email="eve@example.net\r\nBcc: all@example.org"))
    for value in (sent.subject, sent.to, *sent.headers.values()):
        assert not set(value) & set("\r\n\0")
    assert sent.subject == "Nice title Bcc: all@example.org hello"
    assert as_received(sent)["Bcc"] is None


def test_signs_that_turn_the_text_around_are_gone() -> None:
    sent = letter(order(0), edition([paper(0, title="a\u202etxt.exe\u2066", authors=("b\u200fc",))]))
    assert not set(sent.html + sent.text + sent.subject) & set("\u202e\u2066\u200f")


def test_a_title_cannot_pass_for_a_place_that_is_filled_in() -> None:
    known = paper(0, title="{{ links.unsubscribe }} {% now 'Y' %} xwhyx", section="<!--a--><!--/a-->")
    sent = letter(order(0, detail="abstract"), edition([known]))
    assert "<!--a--><!--/a--> · 22 January" in words_of(tree(sent.html))
    assert sent.html.count("/unsubscribe/") == 1


anything = st.text(alphabet=st.characters(codec=None), max_size=80)


@settings(deadline=None, max_examples=30)
@given(anything, anything, anything)
def test_any_text_makes_a_sound_letter(title: str, abstract: str, filter_text: str) -> None:
    known = paper(0, title=title or "t", abstract=abstract, authors=(filter_text,))
    wanted = order(0, reasons=(Reason("keyword", filter_text),), detail="abstract")
    sent = letter(wanted, edition([known, paper(1)], {}))
    assert len(list(tree(sent.html).iter("h2"))) == 1
    assert as_sent(sent)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_model_cannot_break_out_of_its_card(language: str) -> None:
    record = summary(language=language, writer="m", tldr="</p></div></td></table><a href='javascript:x'>free</a>")
    page = tree(letter(order(0, language=language), edition(summaries={(0, language): record})).html)
    assert not [link for link in page.iter("a") if str(link.get("href")).startswith("javascript")]
