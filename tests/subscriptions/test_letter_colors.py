"""The colours of mails stand in one place."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template

from subscriptions.templatetags.letter_colors import LETTER_COLORS

TEMPLATES = Path(settings.BASE_DIR) / "templates"


@pytest.mark.parametrize("name", LETTER_COLORS)
def test_a_template_writes_a_colour_by_its_name(name: str) -> None:
    source = f'{{% load letter_colors %}}{{% light "{name}" %}} {{% dark "{name}" %}}'
    assert Template(source).render(Context()).split() == list(LETTER_COLORS[name])


def test_no_template_of_a_mail_names_a_colour_itself() -> None:
    files = [file for file in (TEMPLATES / "emails").rglob("*") if file.is_file()]
    assert len(files) > 5
    assert not [file.name for file in files if re.search(r":[^;{}]*#[0-9a-fA-F]{3,8}\b", file.read_text())]


def test_mails_and_the_site_look_alike() -> None:
    sheet = (TEMPLATES / "static" / "site.css").read_text()
    for name in ("background", "text", "accent"):
        assert LETTER_COLORS[name].light in sheet
        assert LETTER_COLORS[name].dark in sheet
