"""The styles that letters have in their elements."""

import pytest
from django.template import Context, Template
from django.utils import translation


def render(name: str) -> str:
    return Template("{% load letter_styles %}<p {% style name %}>".replace("name", f'"{name}"')).render(Context())


def test_a_class_comes_with_its_rules_in_few_bytes() -> None:
    assert render("said") == '<p class="said" style="margin:0 0 12px">'
    assert "font:400 28px/1.25 Georgia,'Noto Serif','Songti SC',serif" in render("head")


def test_the_side_follows_the_direction_of_the_language() -> None:
    assert "padding-left:10px" in render("why")
    with translation.override("ar"):
        assert "padding-right:10px" in render("why")


def test_a_class_without_rules_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="nosuch"):
        render("nosuch")
