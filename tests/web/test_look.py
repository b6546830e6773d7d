"""The colours can be read, and the pages bring everything along themselves."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

PAIRS = [  # ink, ground, the least contrast that WCAG 2.2 AA asks for
    *[(ink, ground, 4.5) for ink in ("ink", "muted", "accent", "warn") for ground in ("paper", "surface")],
    *[(ink, "accent-soft", 4.5) for ink in ("ink", "muted", "accent")],
    *[(ink, "warn-soft", 4.5) for ink in ("ink", "warn")],
    ("on-accent", "accent", 4.5),
    ("ink", "mark", 4.5),
    ("edge", "surface", 3.0),
    ("edge", "paper", 3.0),
]


def stylesheet() -> str:
    return (settings.BASE_DIR / "templates" / "static" / "site.css").read_text(encoding="utf-8")


def palettes() -> dict[str, dict[str, str]]:
    """The colours by scheme; the dark one changes some of the light one's."""
    css = stylesheet()
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in css.split("@media", 2)[:2])
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    """As WCAG defines it, from #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_every_ink_can_be_read_on_its_ground(scheme: str, ink: str, ground: str, least: float) -> None:
    palette = palettes()[scheme]
    assert contrast(palette[ink], palette[ground]) >= least


def test_both_schemes_have_all_colours() -> None:
    light, dark = palettes().values()
    assert set(light) == set(dark)
    assert light["paper"] != dark["paper"]


def test_style_and_script_load_nothing_from_anywhere() -> None:
    styles = ("site.css", "archive.css", "mailbox.css", "shortcuts.css")
    for name in (*styles, "site.js", "shortcuts.js", "favicon.svg"):
        path = finders.find(name)
        assert isinstance(path, str)
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//\w+\.\w+|@import|url\(", text)


def test_style_and_script_are_small() -> None:
    assert len(stylesheet().encode()) < 30_000
