"""The CSS of letters against what Gmail, Outlook, Apple Mail and Yahoo show, by the data of caniemail.com (2026-10).

Shorthands with a side (`border-top`) count as their shorthand, as the data have them.
"""

import re

from tests.letters.sample_letters import edition, letter, order

# Shown by each of them, by some with a known limit, such as no percentages or no negative values.
SHOWN = frozenset(
    (
        *("background", "border", "color", "display", "font", "font-size", "font-weight", "letter-spacing"),
        *("line-height", "margin", "max-width", "padding", "text-align", "text-decoration", "width"),
    )
)

# Not shown by all: a letter must do without them. Next to each is what becomes of it.
MAY_BE_MISSING = {
    "border-radius": "corners are square in Outlook",
    "max-height": "`display` hides the preheader; this is for programs that drop it",
    "overflow": "as max-height",
    "mso-hide": "Word's own, for the preheader",
    "overflow-wrap": "a long address makes its line wider",
    "white-space": "a link may break in two",
    "outline": "the program's own mark of the focus is seen",
    "outline-offset": "the mark of the focus is nearer",
    "text-decoration-thickness": "lines under links are thicker",
    "text-underline-offset": "lines under links are nearer",
    "color-scheme": "the program darkens the letter by itself, or not at all",
    "supported-color-schemes": "as color-scheme",
}

_SIDES = re.compile(r"^(border|padding|margin|outline)-(top|bottom|left|right|color)$")


def find_properties(html: str) -> set[str]:
    """Return the properties in the elements and in the style block."""
    rules = re.findall(r"\{([^{}]*)\}", " ".join(re.findall(r"<style.*?</style>", html, re.DOTALL)))
    declared = ";".join([*rules, *re.findall(r'style="([^"]*)"', html)])
    names = {each.partition(":")[0].strip() for each in declared.split(";") if ":" in each}
    return {_SIDES.sub(r"\1", name) for name in names}


def test_letters_use_what_mail_programs_show_or_can_do_without() -> None:
    for detail in ("titles", "tldr", "structured", "abstract"):
        html = letter(order(0, 1, 2, 3, detail=detail, matched=30), edition(note="A note.")).html
        assert find_properties(html) <= SHOWN | MAY_BE_MISSING.keys()


def test_elements_carry_no_style_that_only_the_style_block_could_do_without() -> None:
    html = letter(order(0, 1, 2)).html
    inline = find_properties(re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL))
    assert inline - SHOWN <= {"border-radius", "max-height", "overflow", "mso-hide", "overflow-wrap"}
