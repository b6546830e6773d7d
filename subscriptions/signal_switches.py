"""What it means that a reader switched a signal off. The preferences speak of signals, the score of its families.

Filters that look for people alone are the authors whom a reader follows; all others are keywords. Those that are
switched off bring no papers, but filters that only leave papers out still do. What lies near keywords goes with them.
"""

from collections.abc import Collection, Sequence

from subscriptions.filters.language import FilterError, Term, is_exclusion, parse, positive_terms


def looks_for_people(filter_text: str) -> bool:
    """Return whether a filter names authors and nothing else that a paper must have."""
    try:
        terms = list(positive_terms(parse(filter_text)))
    except FilterError:
        return False
    return bool(terms) and all(isinstance(term, Term) and term.field == "author" for term in terms)


def select_filters(filters: Sequence[str], switched_off: Collection[str]) -> tuple[str, ...]:
    """Return the filters that count."""
    return tuple(text for text in filters if _only_excludes(text) or _family_of(text) not in switched_off)


def list_families_off(switched_off: Sequence[str]) -> tuple[str, ...]:
    """Return the families of the score that do not count, where the filters are those of `select_filters`.

    What the score calls authors are those of papers that the reader liked.
    """
    off = [family for family in switched_off if family not in ("filters", "authors")]
    return (*off, "authors") if "likes" in off else tuple(off)


def _family_of(filter_text: str) -> str:
    return "authors" if looks_for_people(filter_text) else "filters"


def _only_excludes(filter_text: str) -> bool:
    try:
        return is_exclusion(parse(filter_text))
    except FilterError:
        return False
