"""A card that was filled into a frame is the card that the template and premailer make."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from digest.letters.card_content import CardContent, CardLink, CardPart
from digest.letters.prerendered.html_cards import HtmlCards
from digest.letters.rendering import render_card_html

WORDS = st.text(st.sampled_from("ab <>&\"'\n\r\t\u00a0\u0085\u200b;:#=/{}%é日“\x00\U0001f600")) | st.sampled_from(
    ["<!--/piece-->", ' style="a, b"', "&amp;lt;", "</p><script>", "{{ title }}", "\\1 \\g<0>", "<!--piece-->"]
)
ADDRESSES = st.sampled_from(["https://arxiv.org/abs/2601.1", "https://a.example/(1)?a=1&b=[2]#é", "mailto:a b", ""])
LANGUAGES = st.sampled_from(["", "en", "zh-Hans"])
PARTS = st.lists(st.builds(CardPart, WORDS, WORDS, LANGUAGES), max_size=3).map(tuple)
LINKS = st.lists(st.builds(CardLink, WORDS, ADDRESSES, WORDS), min_size=1, max_size=3).map(tuple)
BADGES = st.lists(WORDS, max_size=2).map(tuple)
FACTS = st.builds(CardContent, WORDS, LANGUAGES, WORDS, WORDS, WORDS, BADGES, PARTS, LINKS, LINKS)

PLAIN = CardContent(
    title="Rates <2 & more",
    title_language="",
    authors="Ada, Bao",
    category="cs.LG",
    day="21 January",
    badges=("Code",),
    parts=(CardPart("From the abstract", "We study “it”."),),
    paper_links=(CardLink("arXiv", "https://arxiv.org/abs/2601.1?a=1&b=2", "arXiv: Rates <2"),),
    feedback_links=(CardLink("Save", "https://post.example/save/", "Save: Rates"),),
)


def inlined(known: CardContent) -> str:
    return render_card_html(known, "why", "region")


@given(FACTS)
def test_every_card_is_what_premailer_makes_of_it(known: CardContent) -> None:
    assert HtmlCards(inlined).card(known) == inlined(known)


def test_papers_of_the_same_shape_share_one_rendering() -> None:
    rendered: list[CardContent] = []

    def counted(known: CardContent) -> str:
        rendered.append(known)
        return inlined(known)

    frames = HtmlCards(counted)
    others = [replace(PLAIN, title=f"Paper {number}") for number in range(5)]
    assert [frames.card(known) for known in others] == [inlined(known) for known in others]
    assert len(rendered) == 1
    assert frames.card(replace(PLAIN, badges=())) == inlined(replace(PLAIN, badges=()))
    assert len(rendered) == 2


def test_a_value_that_a_parser_would_change_goes_to_premailer() -> None:
    strange = replace(PLAIN, title="a\rb", paper_links=(CardLink("arXiv", "https://arxiv.org/é", 'say "it"'),))
    assert HtmlCards(inlined).card(strange) == inlined(strange)
    assert "%C3%A9" in inlined(strange)


def test_a_comment_in_the_name_of_a_link_goes_to_premailer() -> None:
    strange = replace(PLAIN, paper_links=(CardLink("arXiv", "https://arxiv.org/abs/2601.1", "arXiv: <!--/piece-->"),))
    assert HtmlCards(inlined).card(strange) == inlined(strange)
