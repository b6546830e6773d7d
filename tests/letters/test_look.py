"""How a letter looks: valid, readable in light, dark and inverted, on a telephone, and without its <style>."""

import re

import pytest

from tests.letters.sample_letters import edition, letter, order, paper, tree, words_of

PAPER, INK = "#faf9f6", "#1c1b19"
DARK_PAPER, DARK_INK = "#161513", "#ece9e2"
DETAILS = ("titles", "tldr", "structured", "abstract")


def sent_html(language: str = "en", detail: str = "tldr") -> str:
    papers = [paper(rank, code_url="https://code.example/x", kind="cross", section="stat.ML") for rank in range(3)]
    papers += [paper(3, kind="withdrawn")]
    wanted = order(0, 1, 2, language=language, detail=detail, matched=9, notices=(3,))
    return letter(wanted, edition(papers, note="A *note* with [a link](https://post.example/).")).html


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("detail", DETAILS)
def test_the_page_is_valid_and_has_one_main_heading(language: str, detail: str) -> None:
    html = sent_html(language, detail)
    page = tree(html)
    assert html.startswith("<!DOCTYPE html>")
    assert len(list(page.iter("h1"))) == 1
    assert len(list(page.iter("h2"))) == 3 + 1
    assert words_of(next(page.iter("title")))


def test_language_and_direction_stand_where_webmail_leaves_them() -> None:
    body = next(tree(sent_html("zh")).iter("body"))
    [child] = list(body)
    assert (child.get("lang"), child.get("dir")) == ("zh-Hans", "ltr")


def test_tables_are_for_the_eye_only() -> None:
    assert {table.get("role") for table in tree(sent_html()).iter("table")} == {"presentation"}


def test_no_image_no_script_and_nothing_from_elsewhere_is_needed() -> None:
    html = sent_html()
    page = tree(html)
    for name in ("img", "script", "link", "iframe", "form", "svg"):
        assert not list(page.iter(name))
    assert "url(" not in html
    assert "@import" not in html


def test_the_style_block_is_small_and_can_be_thrown_away() -> None:
    html = sent_html()
    assert len(re.search(r"<style>.*?</style>", html, re.DOTALL)[0]) <= 8192  # type: ignore[index]
    bare = tree(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    [page] = list(next(bare.iter("body")))
    assert f"background:{PAPER}" in page.get("style", "")
    assert f"color:{INK}" in page.get("style", "")
    assert all("font" in title.get("style", "") for title in bare.iter("h2"))


def test_the_airmail_edge_needs_no_style_block_and_no_image() -> None:
    """Its stripes are cells with colours of their own; on dark screens the block gives them lighter ones."""
    html = sent_html()
    bare = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    edge = next(table for table in tree(bare).iter("table") if table.get("class") == "edge")
    assert (edge.get("role"), edge.get("aria-hidden")) == ("presentation", "true")
    assert [cell.get("bgcolor") for cell in edge.iter("td")] == ["#0b5d5a", None, "#9a3412", None] * 8
    for light, dark in (("#0b5d5a", "#7cc9c2"), ("#9a3412", "#f3ab88")):
        assert contrast(light, PAPER) >= 3
        assert contrast(dark, DARK_PAPER) >= 3
        assert f'[bgcolor="{light}"] {{ background: {dark}; }}' in html
    assert len(html[html.index('class="edge"') : html.index('class="inner"')]) < 900


def test_text_is_fourteen_pixels_or_more() -> None:
    sizes = [int(size) for size in re.findall(r"(?:font-size:\s*|font:[^;]*?)(\d+)px", sent_html())]
    assert len(sizes) > 10
    assert min(sizes) >= 14


def test_nothing_is_wider_than_a_small_telephone() -> None:
    html = sent_html()
    widths = [int(width) for width in re.findall(r"(?<!max-)(?<!min-)width[:=]\"?(\d+)(?:px|\")", html)]
    assert all(width <= 320 for width in widths)
    assert "overflow-wrap:anywhere" in html


def colours(html: str, *, dark: bool) -> set[str]:
    """Colours of text. The dark ones stand in the media query."""
    query = html[html.index("prefers-color-scheme:dark" if "prefers-color-scheme:dark" in html else "prefers-color") :]
    query = query[: query.index("[data-ogsc]")]
    found = query if dark else html.replace(query, "")
    found = found if dark else re.sub(r"\[data-og.*", "", found)
    found = re.sub(r"\.button \{.*?\}", "", found)  # its words stand on the accent
    return set(re.findall(r"(?<![-\w])color:\s*(#[0-9a-f]{6})", found))


def test_text_stands_out_in_light_dark_and_inverted() -> None:
    html = sent_html()
    light, dark = colours(html, dark=False), colours(html, dark=True)
    assert {INK, "#0b5d5a", "#5d5950"} <= light
    assert {DARK_INK, "#7cc9c2", "#aea89b"} <= dark
    for colour in light:
        assert contrast(colour, PAPER) >= 4.5
        assert contrast(inverted(colour), inverted(PAPER)) >= 4.5
    for colour in dark:
        assert contrast(colour, DARK_PAPER) >= 4.5
        assert contrast(inverted(colour), inverted(DARK_PAPER)) >= 4.5
    assert contrast("#0000ee", PAPER) >= 4.5  # a link whose colour was thrown away


def channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def inverted(colour: str) -> str:
    return "#" + "".join(f"{255 - channel:02x}" for channel in channels(colour))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's ratio."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in scaled(colour)]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def scaled(colour: str) -> list[float]:
    return [channel / 255 for channel in channels(colour)]
