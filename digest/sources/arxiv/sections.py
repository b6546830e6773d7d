"""In which category's listing a paper stands when an archive, or several categories, were asked for at once.

A section is a paper's own when it is its primary category. Elsewhere the paper is a cross-list.
"""

from collections.abc import Collection, Sequence

from digest.sources.validation import parse_category
from subscriptions.taxonomy import categories

# All 20. Together they hold everything that arXiv announces.
ARCHIVES: tuple[str, ...] = tuple(dict.fromkeys(code.partition(".")[0] for code in categories.CATEGORIES))

# What a kind of announcement is called in a paper's own section, and what in another one.
_KIND_IN_OWN_SECTION = {"cross": "new", "replace-cross": "replace"}
_KIND_IN_OTHER_SECTION = {own: other for other, own in _KIND_IN_OWN_SECTION.items()}


def expand_codes(asked: str) -> frozenset[str]:
    """Return the categories that `cs`, `cs.LG` or `cs+math` stand for, with aliases replaced by their main code.

    A code that the taxonomy does not know stands for itself.
    """
    return frozenset(code for part in asked.split("+") for code in categories.expand(part) or (part,))


def find_section(categories: Sequence[str], kind: str, asked: Collection[str]) -> tuple[str, str]:
    """Return the section and the kind of a paper in a listing; no section if none of its categories was asked for.

    The first of *categories* is the primary one. An alias of it makes no cross-list: the listing of math announces
    what is new in cs.IT as `cross`, because math.IT is an alias of cs.IT.
    """
    section, primary = _section_and_primary(categories, asked)
    return section, _KIND_IN_OWN_SECTION.get(kind, kind) if section and section == primary else kind


def find_submission_section(categories: Sequence[str], kind: str, asked: Collection[str]) -> tuple[str, str]:
    """Return the same for a record that says only `new` or `replace`: outside its own section it is a cross-list."""
    section, primary = _section_and_primary(categories, asked)
    return section, _KIND_IN_OTHER_SECTION.get(kind, kind) if section and section != primary else kind


def _section_and_primary(categories: Sequence[str], asked: Collection[str]) -> tuple[str, str]:
    """Return the first category that was asked for, and the primary one; empty where there is none."""
    known = [code for code in map(parse_category, categories) if code]
    return next((code for code in known if code in asked), ""), known[0] if known else ""
