"""What a reader finds in a letter."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.domain import Pick, Reason, ToldRelation
from tests.letters.sample_letters import (
    FOLLOWED,
    as_sent,
    edition,
    letter,
    links_of,
    order,
    paper,
    renderer,
    summary,
    tree,
    words_of,
)
from tests.people import ada, bao


def test_formulas_are_readable_in_both_parts() -> None:
    sent = letter()
    for part in (words_of(tree(sent.html)), " ".join(sent.text.split())):
        assert "Optimal ℓ₂ rates for attention: a study of MERGE³" in part
        assert "We give O(T + V_T) bounds, 50% better." in part
        assert "Grace Hopper, André Weil" in part
        assert "$" not in part
        assert "\\" not in part


def test_a_card_says_what_a_reader_wants_to_know() -> None:
    known = paper(0, kind="cross", section="stat.ML", code_url="https://code.example/merge")
    sent = letter(order(0), edition([known], {(0, "en"): summary(writer="gpt-4o")}))
    for part in (words_of(tree(sent.html)), " ".join(sent.text.split())):
        assert "cs.LG, cross-listed in stat.ML · 22 January 2026 · Newly cross-listed · Code" in part
        assert "Summary by gpt-4o: We give" in part
        assert "Why you: in cs.LG, which you follow" in part


@pytest.mark.parametrize(
    ("writer", "label"),
    [("extractive", "From the abstract:"), ("imported", "Imported summary:"), ("model-1", "Summary by model-1:")],
)
def test_a_summary_is_labelled_with_its_writer(writer: str, label: str) -> None:
    sent = letter(order(0), edition(summaries={(0, "en"): summary(writer=writer)}))
    assert label in sent.text
    assert label in words_of(tree(sent.html))


def test_reasons_are_told_in_words() -> None:
    reasons = (
        Reason("keyword", '"diffusion model"'),
        Reason("keyword", '"a b" -survey'),
        Reason("author", "Geoffrey Hinton"),
        Reason("trending", "1200 upvotes, 1 stars"),
        Reason("like", "Bounds for $\\ell_2$"),
        Reason("like", "$ $"),
    )
    sent = letter(order(0, reasons=reasons))
    expected = (
        'Why you: matches “diffusion model” and “"a b" -survey”; by Geoffrey Hinton, whom you follow; '
        "1,200 upvotes on Hugging Face, 1 star; like “Bounds for ℓ₂”, of which you wanted more; like papers you marked"
    )
    assert expected in " ".join(sent.text.split())
    assert expected in words_of(tree(sent.html))


@pytest.mark.parametrize(
    ("language", "filters", "expected"),
    [
        ("en", ("Attention",), "matches “Attention”"),
        ("en", ("a", "“b c”", "d"), "matches “a”, “b c” and “d”"),
        ("en", ("a", "b", "c", "d", "e"), "matches “a”, “b”, “c” and 2 more"),
        ("zh", ("a", '"b c" OR d', "e"), '符合您的筛选条件“a”、“"b c" OR d”和“e”'),
        ("zh", ("a", "b", "c", "d"), "符合您的筛选条件“a”、“b”、“c”等，另有 1 个"),
    ],
)
def test_several_filters_are_one_reason(language: str, filters: tuple[str, ...], expected: str) -> None:
    reasons = (*(Reason("keyword", text) for text in filters), Reason("trending", "7 upvotes, 15400 stars"))
    sent = letter(order(0, language=language, reasons=reasons), reader=bao if language == "zh" else ada)
    assert expected in "".join(sent.text.split("\n")) or expected in " ".join(sent.text.split())
    assert expected in words_of(tree(sent.html))
    stars = {"en": "7 upvotes on Hugging Face, 15,400 stars", "zh": "Hugging Face 上 7 个赞、15,400 颗星"}
    assert stars[language] in words_of(tree(sent.html))


def test_each_reason_says_its_share() -> None:
    """What decided most is named first; filters that matched alike are one reason."""
    reasons = (
        Reason("category", "cs.LG", 14),
        Reason("keyword", "graphs", 3),
        Reason("keyword_in_title", '"diffusion model"', 21),
        Reason("keyword_in_title", "weather", 20),
        Reason("like", "Storms of $\\ell_2$", 38, 3),
        Reason("related", "climate", 2),
    )
    expected = (
        "Why you: matches “diffusion model” and “weather” in the title (40% of the score); like 3 papers you liked or "
        "saved, mostly “Storms of ℓ₂” (40%); in cs.LG, which you follow (15%); matches “graphs” (5%); near your "
        "interest “climate”"
    )
    sent = letter(order(1, reasons=reasons))
    assert expected in " ".join(sent.text.split())
    assert expected in words_of(tree(sent.html))
    chinese = letter(order(1, reasons=reasons[:2], language="zh"), reader=bao)
    assert "属于您关注的 cs.LG（占评分的 15%）；符合您的筛选条件“graphs”（5%）" in "".join(chinese.text.split("\n"))


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason("like", "Graphs", 97, 1), "like “Graphs”, which you liked or saved"),
        (Reason("like", "Graphs"), "like “Graphs”, of which you wanted more"),
        (Reason("keyword_in_title", "graphs", 97), "matches “graphs” in the title"),
        (Reason("keyword", "graphs"), "matches “graphs”"),
        (Reason("author", "Ada Lovelace", 97), "by Ada Lovelace, whom you follow"),
        (Reason("trending", "12 upvotes in 6 hours", 97), "12 upvotes on Hugging Face in 6 hours"),
        (Reason("trending", "1 stars in 1 days, 9 comments"), "1 star in 1 day, 9 comments"),
        (Reason("keyword", "graphs", 61), "matches “graphs” (60% of the score)"),
        (Reason("explore", ""), "something new, drawn by lot among papers that came close"),
    ],
)
def test_what_brought_the_whole_score_needs_no_share(reason: Reason, expected: str) -> None:
    sent = letter(order(0, reasons=(reason,)))
    assert f"Why you: {expected}\n" in f"{' '.join(sent.text.split())}\n".replace(" arXiv: ", "\n", 1)
    assert f"Why you: {expected}" in words_of(tree(sent.html))


def test_what_is_new_stands_before_what_brought_more() -> None:
    sent = letter(order(0, reasons=(Reason("category", "cs.LG", 90), Reason("explore", "", 1))))
    told = "something new, drawn by lot among papers that came close; in cs.LG, which you follow (90% of"
    assert told in " ".join(sent.text.split())


def test_equal_reasons_are_told_once() -> None:
    """Later papers that are no neighbours of the first refer to it."""
    graphs, category = (Reason("keyword", "graph"),), FOLLOWED
    picks = [Pick(rank, 1.0, reasons) for rank, reasons in enumerate((category, category, category, graphs))]
    sent = letter(order(0)._replace(picks=(*picks, Pick(0, 1.0, category), Pick(1, 1.0, category))))
    for part in (" ".join(sent.text.split()), words_of(tree(sent.html))):
        assert part.count("Why you") == 3
        assert part.count("which you follow") == 1
        assert "Why you (the next 2 papers too): in cs.LG, which you follow" in part
        assert "Why you: matches “graph”" in part
        assert "Why you (the next paper too): same as for paper 1" in part
    assert "4. Large batches" in sent.text


def test_the_same_causes_with_other_shares_are_told_once() -> None:
    """The shares are those of the first paper, so one right behind it with others refers to it."""
    shares = ((60, 40), (60, 40), (50, 50), (45, 55), (90, 10))
    picks = [
        Pick(rank % 4, 1.0, (Reason("keyword", "graph", share), Reason("category", "cs.LG", rest)))
        for rank, (share, rest) in enumerate(shares)
    ]
    sent = letter(order(0)._replace(picks=tuple(picks)))
    for part in (" ".join(sent.text.split()), words_of(tree(sent.html))):
        assert "Why you (the next paper too): matches “graph” (60% of the score); in cs.LG" in part
        assert "Why you (the next 2 papers too): same as for paper 1" in part
        assert part.count("Why you") == 2


def test_a_sentence_relates_a_paper_to_one_that_was_kept() -> None:
    """It is of a model, which the label names, and stands beneath the reason."""
    relations = (ToldRelation(1, "Both count <twice>, here with 12% less.", "small-1"),)
    sent = letter(order(0, 1, relations=relations))
    for part in (words_of(tree(sent.html)), " ".join(sent.text.split())):
        assert part.count("Beside a paper you kept, by small-1: Both count <twice>, here with 12% less.") == 1
    second = sent.text.split("\n2. ")[1]
    assert "Beside a paper you kept" in second
    chinese = letter(order(0, 1, relations=relations, language="zh"), reader=bao)
    assert "与您保留的论文相比（small-1 撰写）：Both count" in chinese.text


def test_a_card_names_every_category_a_paper_may_have_come_by() -> None:
    papers = [
        paper(0, categories=("gr-qc", "hep-ph"), section="gr-qc"),
        paper(1, categories=("cs.IT", "math.IT"), section="cs.IT"),
        paper(2, categories=(), section="hep-th"),
    ]
    lines = letter(order(0, 1, 2), edition(papers)).text.splitlines()
    assert [line.split(" · ")[0] for line in lines if " · 22 January" in line] == [
        "gr-qc, cross-listed in hep-ph",
        "cs.IT",
        "hep-th",
    ]
    chinese = letter(order(0, language="zh"), edition(papers), reader=bao)
    assert "gr-qc，交叉列于 hep-ph" in chinese.text


def test_badges_mark_exceptions_and_old_dates_are_explained() -> None:
    papers = [paper(0), paper(1, published=datetime(2025, 11, 30, tzinfo=UTC)), paper(2, published=None)]
    lines = letter(order(0, 1, 2), edition(papers)).text.splitlines()
    assert [line.split(" · ", 1)[1] for line in lines if line.startswith("cs.LG")] == [
        "22 January 2026",
        "submitted 30 November 2025",
        "23 January 2026",
    ]


def test_a_withdrawal_that_may_be_another_is_told() -> None:
    told = [paper(0, comment="Submitted to CVPR 2026, but the authors have withdrawn it")]
    sent = letter(order(0), edition(told))
    assert "The comment speaks of a withdrawal" in " ".join(sent.text.split())
    assert "The comment speaks of a withdrawal" in sent.html
    assert "withdrawal" not in letter(order(0)).html


def test_an_author_who_may_be_another_is_told_so() -> None:
    sent = letter(order(0, reasons=(Reason("perhaps_author", "G. Hinton; Geoffrey Hinton"),)))
    told = "by G. Hinton, who may be Geoffrey Hinton"
    assert told in " ".join(sent.text.split())
    assert told in sent.html


def test_no_two_lines_of_the_plain_part_bear_one_name() -> None:
    sent = letter(order(0, detail="abstract"))
    assert sent.text.count("Abstract: ") == 1
    assert "arXiv: https://arxiv.org/abs/2601.15380" in sent.text
    assert "https://arxiv.org/abs/2601.15380" in sent.html


def test_each_paper_has_one_row_of_links_with_two_signs_for_more_and_less() -> None:
    sent = letter(order(0, 1))
    rows = [words_of(each) for each in tree(sent.html).iter("p") if each.get("class") == "acts"]
    assert len(rows) == 2
    for row in rows:
        assert row.startswith("PDF · ")
        assert row.endswith(" · + More · − Less · Save")
    assert sent.text.count("+ More") == sent.text.count("− Less") == 2


def test_a_pick_without_reasons_has_no_empty_line_for_them() -> None:
    sent = letter(order(0, reasons=()))
    assert "Why you" not in sent.text + sent.html
    assert "\n\n\n\n" not in sent.text


def test_many_authors_are_the_first_three_and_the_last_two() -> None:
    crowd = tuple(f"Author {number}" for number in range(3303))
    sent = letter(order(0), edition([paper(0, authors=crowd)]))
    assert "Author 0, Author 1, Author 2 … Author 3301, Author 3302" in " ".join(sent.text.split())
    five = letter(order(0), edition([paper(0, authors=crowd[:5])]))
    assert "Author 0, Author 1, Author 2, Author 3, Author 4\n" in five.text


def test_each_detail_level_says_more_than_the_one_before() -> None:
    sent = {detail: letter(order(0, detail=detail)) for detail in ("titles", "tldr", "structured", "abstract")}
    assert "We give O(T + V_T)" not in sent["titles"].text
    assert "Motivation" not in sent["tldr"].text
    for label in ("Motivation: Old bounds", "Method: We count", "Result: They are", "Conclusion: Count"):
        assert label in sent["structured"].text
        assert label in words_of(tree(sent["structured"].html))
    assert "Abstract: We study O(T + V_T) bounds." in sent["abstract"].text


def test_a_models_summary_stands_above_the_full_abstract() -> None:
    sent = letter(order(0, detail="abstract"), edition(summaries={(0, "en"): summary(writer="m")}))
    assert sent.text.index("Summary by m:") < sent.text.index("Abstract: We study")


def test_an_empty_field_is_left_out() -> None:
    sent = letter(order(0, detail="structured"), edition(summaries={(0, "en"): summary(method="", result=" ")}))
    assert "Method" not in sent.text
    assert "Result" not in sent.html


def test_without_a_summary_the_abstract_begins_in_its_place() -> None:
    sent = letter(order(0), edition(summaries={}))
    assert "From the abstract: We study O(T + V_T) bounds." in sent.text


def test_a_chinese_letter_is_in_chinese_and_marks_english_text() -> None:
    sent = letter(order(0, 1, language="zh", matched=9), reader=bao)
    page = tree(sent.html)
    assert "，另有 1 篇" in sent.subject
    for words in (
        "推荐理由（下面 1 篇相同）：属于您关注的 cs.LG",
        "摘自原文摘要（英文）：We give",
        "2026年1月22日",
        "网页上还有 7 篇",
    ):
        assert words in sent.text
        assert words in words_of(page)
    assert [span.get("lang") for span in page.iter("span")] == ["en", "en"]
    assert {title.get("lang") for title in page.iter("h2")} == {"en"}
    assert sent.headers["Content-Language"] == "zh-Hans"
    english = re.sub(r"https?://\S+", "", sent.text)
    for word in ("Abstract", "Save", "Unsubscribe", "Why", "papers", "letter"):
        assert word not in english


def test_a_chinese_letter_does_not_mark_chinese_summaries() -> None:
    record = summary(language="zh", writer="m", tldr="我们给出更好的界。")
    sent = letter(order(0, language="zh"), edition(summaries={(0, "zh"): record}))
    assert "总结由 m 撰写：我们给出更好的界。" in sent.text
    assert not list(tree(sent.html).iter("span"))


def test_a_language_that_we_do_not_speak_gets_english() -> None:
    assert "Why you" in letter(order(0, language="xx")).text


def test_a_list_that_ends_early_says_how_many_more_there_are() -> None:
    sent = letter(order(0, 1, matched=14))
    [view] = re.findall(r"(https://post.example/letters/\S+/)\n", sent.text)
    assert f"12 more on the web: {view}?all=1\n" in sent.text
    assert ("12 more on the web", f"{view}?all=1") in links_of(sent.html)
    assert "on the web:" not in letter(order(0, 1)).text.split("---")[0]


def test_the_footer_says_why_where_to_and_how_to_stop() -> None:
    sent = letter()
    for part in (words_of(tree(sent.html)), " ".join(sent.text.split())):
        assert "You get this letter because ada@example.org subscribed to Preprint Post." in part
        for words in (
            "Change what you get",
            "Unsubscribe",
            "Read this letter on the web",
            "1 Library Lane",
            "12345 Booktown",
        ):
            assert words in part
        assert "Pause" not in part


def test_the_note_keeps_harmless_markup_and_loses_the_rest() -> None:
    note = "**Late** today, see [why](https://post.example/why), [x](javascript:alert(1)) <script>alert(2)</script>"
    sent = letter(contents=edition(note=note))
    page = tree(sent.html)
    assert "Late" in [words_of(strong) for strong in page.iter("strong")]
    assert not list(page.iter("script"))
    assert "javascript:" not in sent.html
    assert "https://post.example/why" in sent.text


def test_papers_come_in_the_order_of_the_picks_in_both_parts() -> None:
    sent = letter(order(2, 0, 3))
    titles = [words_of(title) for title in tree(sent.html).iter("h2")]
    numbered = re.findall(r"(?m)^\d+\. .{12}", sent.text)
    assert [title[:15] for title in titles] == numbered
    assert titles[0] == "1. A short note on graphs"


def test_the_same_order_gives_the_same_bytes_whoever_came_before() -> None:
    first, second = renderer(), renderer()
    second.letter(bao, order(1, language="zh"))
    assert as_sent(first.letter(ada, order(0, 1))) == as_sent(second.letter(ada, order(0, 1)))
    assert as_sent(first.letter(ada, order(0, 1))) == as_sent(first.letter(ada, order(0, 1)))


def test_readers_share_the_papers_and_nothing_else() -> None:
    both = renderer()
    one, other = both.letter(ada, order(0)), both.letter(bao, order(0, reasons=(Reason("author", "Weil"),)))
    assert "bao@" not in one.text + one.html
    assert "ada@" not in other.text + other.html
    assert "which you follow" not in other.text + other.html


def test_assembling_asks_the_database_nothing(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        letter(order(0, 1, 2, 3, detail="structured", language="zh"))


def test_nobody_gets_an_empty_letter() -> None:
    with pytest.raises(ValueError, match="empty"):
        letter(order())


def test_two_papers_of_one_title_still_have_links_of_their_own() -> None:
    twins = [paper(0, title="Same"), paper(1, title="Same")]
    sent = letter(order(0, 1), edition(twins))
    assert 'aria-label="PDF: Same (2601.15380)"' in sent.html
    assert 'aria-label="PDF: Same (2601.15381)"' in sent.html


def test_a_letter_without_a_delivery_links_to_its_edition() -> None:
    sent = letter(order(0)._replace(delivery_id=0))
    assert "Read this letter on the web: https://post.example/editions/2026-01-23/" in sent.text
    early = letter(order(0, matched=3)._replace(delivery_id=0))
    assert "2 more on the web: https://post.example/editions/2026-01-23/\n" in early.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_parts_lead_to_the_pages_that_explain(language: str) -> None:
    sent = letter(order(0, language=language), reader=bao if language == "zh" else ada)
    for address in ("https://post.example/privacy/", "https://post.example/how-papers-are-chosen/"):
        assert sent.text.count(address) == 1
        assert [link for _name, link in links_of(sent.html)].count(address) == 1


def test_readers_of_a_language_get_the_note_in_it() -> None:
    contents = replace(edition(note="See you on Friday."), notes={"zh": "周五见。"})
    english, chinese = letter(contents=contents), letter(order(0, 1, 2, language="zh"), contents)
    for part in (english.text, english.html):
        assert "See you on Friday." in part
        assert "周五见。" not in part
    for part in (chinese.text, chinese.html):
        assert "周五见。" in part
        assert "See you on Friday." not in part
