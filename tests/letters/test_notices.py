"""What a letter says of papers that its reader was sent before."""

from dataclasses import replace

import pytest

from digest.domain import EditionContents, PaperNewsRecord, PaperRecord
from digest.letters import notices, rendering
from digest.letters.notices import Notice
from digest.letters.prerendered.renderer import LetterRenderer
from tests.letters.sample_letters import (
    SENDER,
    as_sent,
    edition,
    letter,
    links_of,
    order,
    paper,
    renderer,
    tree,
    words_of,
)
from tests.people import ada, bao

HEADING = "News of papers you kept or were sent"
CHINESE_HEADING = "您保留过或收到过的论文的新消息"
HOSTILE = "</a></p><script>alert(1)</script>\r\nBcc: all@example.org %(title)s \u202eevil"


def changed(**titles: str) -> EditionContents:
    """Two new papers, then a withdrawn and a replaced one."""
    withdrawn = paper(2, kind="withdrawn", title=titles.get("withdrawn", "Wrong after all"))
    replaced = paper(3, kind="replace", title=titles.get("replaced", r"Rates for $\ell_2$"))
    return edition([paper(0), paper(1), withdrawn, replaced])


def test_each_change_is_a_sentence_with_a_link_in_both_parts() -> None:
    sent = letter(order(0, 1, notices=(2, 3)), changed())
    page, text = words_of(tree(sent.html)), " ".join(sent.text.split())
    assert HEADING in page
    assert HEADING in text
    for sentence, address in (
        ("“Wrong after all” was withdrawn by its authors", "https://arxiv.org/abs/2601.15382"),
        ("“Rates for ℓ₂” has a new version", "https://arxiv.org/abs/2601.15383"),
    ):
        assert (sentence, address) in links_of(sent.html)
        assert f"{sentence}: {address}" in text


def test_chinese_notices_mark_their_titles_as_english() -> None:
    sent = letter(order(0, language="zh", notices=(2, 3)), changed(), bao)
    for part in (words_of(tree(sent.html)), sent.text):
        for words in (CHINESE_HEADING, "《Wrong after all》已由作者撤回", "《Rates for ℓ₂》有新版本"):
            assert words in part
        assert "withdrawn by" not in part
    assert [span.get("lang") for span in tree(sent.html).iter("span")][-2:] == ["en", "en"]


def test_notices_stand_after_the_papers_in_the_given_order() -> None:
    sent = letter(order(0, 1, notices=(3, 2), matched=9), changed())
    for part in (words_of(tree(sent.html)), sent.text):
        places = [part.index(words) for words in ("Diffusion models", "7 more on the web", HEADING, "Rates", "Wrong")]
        assert places == sorted(places)
        assert part.index("Wrong") < part.index("You get this letter because")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_letter_without_notices_has_no_heading_for_them(language: str) -> None:
    sent = letter(order(0, 1, language=language), changed())
    for heading in (HEADING, CHINESE_HEADING):
        assert heading not in sent.html + sent.text


def test_subject_and_opening_are_about_the_new_papers() -> None:
    with_notice, plain = letter(order(0, 1, notices=(2,)), changed()), letter(order(0, 1), changed())
    assert with_notice.subject == plain.subject
    assert with_notice.html[: with_notice.html.index("<h1")] == plain.html[: plain.html.index("<h1")]


def test_notices_alone_make_no_letter() -> None:
    with pytest.raises(ValueError, match="empty"):
        letter(order(notices=(2,)), changed())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_hostile_title_stays_words(language: str) -> None:
    sent = letter(order(0, language=language, notices=(2,)), changed(withdrawn=HOSTILE))
    assert not list(tree(sent.html).iter("script"))
    assert "</a></p><script>alert(1)</script> Bcc: all@example.org" in words_of(tree(sent.html))
    assert "\u202e" not in sent.html + sent.text
    assert "\nBcc" not in sent.text


def test_a_long_title_is_cut_between_words() -> None:
    sent = letter(order(0, notices=(2,)), changed(withdrawn="Endless titles " * 30))
    [link_name] = [name for name, _ in links_of(sent.html) if name.endswith("was withdrawn by its authors")]
    assert len(link_name) < 130
    assert "Endless titles…” was" in link_name


def test_the_same_order_gives_the_same_bytes_whoever_came_before() -> None:
    wanted = order(0, 1, notices=(2, 3))
    first, second = renderer(changed()), renderer(changed())
    second.letter(bao, order(1, language="zh", notices=(3,)))
    assert as_sent(first.letter(ada, wanted)) == as_sent(second.letter(ada, wanted))
    assert as_sent(first.letter(ada, wanted)) == as_sent(first.letter(ada, wanted))


def test_a_notice_is_prepared_once_for_all_readers_of_a_language(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = LetterRenderer(changed(), SENDER)
    asked: list[str] = []
    describe = notices.describe_change

    def noted(paper: PaperRecord, language: str, title: str) -> Notice:
        asked.append(language)
        return describe(paper, language, title)

    monkeypatch.setattr(rendering, "describe_change", noted)
    for number in range(1, 6):
        for language in ("en", "zh"):
            shared.letter(ada, order(0, language=language, notices=(2, 3), delivery_id=number))
    assert sorted(asked) == ["en", "en", "zh", "zh"]


def known(*news: PaperNewsRecord) -> EditionContents:
    return replace(edition(), news=dict(enumerate(news)))


def test_news_is_a_sentence_with_a_link_in_both_parts() -> None:
    published = PaperNewsRecord("published", "2601.1", r"Rates for $\ell_2$", "J. Trees 7", "https://doi.org/10.1/7")
    code = PaperNewsRecord("code", "2601.2", "Trees", "", "https://github.com/hopper/trees")
    without = PaperNewsRecord("published", "2601.3", "Shrubs", "", "")
    sent = letter(order(0, news=(0, 1, 2)), known(published, code, without))
    page, text = words_of(tree(sent.html)), " ".join(sent.text.split())
    assert HEADING in page
    for sentence, address in (
        ("“Rates for ℓ₂” was published: J. Trees 7", "https://doi.org/10.1/7"),
        ("There is code for “Trees” now", "https://github.com/hopper/trees"),
        ("“Shrubs” was published", "https://arxiv.org/abs/2601.3"),
    ):
        assert sentence in page
        assert f"{sentence}: {address}" in text
        assert (sentence, address) in links_of(sent.html)


def test_changes_come_before_news_below_one_heading() -> None:
    contents = replace(changed(), news={7: PaperNewsRecord("code", "2601.2", "Trees", "", "https://example.org")})
    text = letter(order(0, notices=(2,), news=(7,)), contents).text
    assert text.count(HEADING) == 1
    assert text.index("withdrawn by its authors") < text.index("There is code for")


def test_a_chinese_letter_tells_news_in_chinese() -> None:
    contents = known(PaperNewsRecord("published", "2601.1", "Trees", "J. Trees 7", ""))
    sent = letter(order(0, news=(0,), language="zh"), contents)
    assert CHINESE_HEADING in sent.text
    assert "“Trees”已正式发表：J. Trees 7" in sent.text


def test_no_news_breaks_out_of_its_sentence() -> None:
    sent = letter(order(0, news=(0,)), known(PaperNewsRecord("published", "2601.1", HOSTILE, HOSTILE, "")))
    assert "<script" not in sent.html
    assert "\nBcc:" not in sent.text
    assert not any(name.lower() == "bcc" for name in sent.headers)
