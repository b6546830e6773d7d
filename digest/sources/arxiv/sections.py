"""In which category's listing a paper stands when an archive, or several categories, were asked for at once."""

from collections.abc import Collection, Sequence

from digest.sources.validation import parse_category
from subscriptions.taxonomy import categories

# All 20. Together they hold everything that arXiv announces.
ARCHIVES: tuple[str, ...] = tuple(dict.fromkeys(code.partition(".")[0] for code in categories.CATEGORIES))

_AS_PRIMARY = {"cross": "new", "replace-cross": "replace"}
_AS_CROSS = {primary: cross for cross, primary in _AS_PRIMARY.items()}


def expand_codes(asked: str) -> frozenset[str]:
    """The categories that `cs`, `cs.LG` or `cs+math` stand for, aliases merged; a code that is unknown for itself."""
    return frozenset(code for part in asked.split("+") for code in categories.expand(part) or (part,))


def find_section(categories: Sequence[str], kind: str, asked: Collection[str]) -> tuple[str, str]:
    """The section and the kind of a paper whose first category is the primary one; no section if none was asked for.

    An alias of its primary category is no cross-list: what is new in cs.IT comes as `cross` in the listing of math.
    """
    section, primary = _section(categories, asked)
    return section, _AS_PRIMARY.get(kind, kind) if section and section == primary else kind


def find_submission_section(categories: Sequence[str], kind: str, asked: Collection[str]) -> tuple[str, str]:
    """Find the section where a record says only `new` or `replace`: outside its primary category it is a cross-list."""
    section, primary = _section(categories, asked)
    return section, _AS_CROSS.get(kind, kind) if section and section != primary else kind


def _section(categories: Sequence[str], asked: Collection[str]) -> tuple[str, str]:
    """The first category that was asked for, and the primary one; empty where there is none."""
    known = [code for code in map(parse_category, categories) if code]
    return next((code for code in known if code in asked), ""), known[0] if known else ""
