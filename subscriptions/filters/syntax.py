"""The parts of a filter, and its possible mistakes. No Django here: forms translate MESSAGES themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Field = Literal["any", "title", "abstract", "author", "comment", "journal"]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side, in small letters. A `*` at the end of the last one means: begins like this.

    In the field `author` the words are parts of one person's name, in this order, perhaps with others between.
    """

    field: Field
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryTerm:
    """A category (`cs.LG`) or a whole archive (`cs`)."""

    code: str


@dataclass(frozen=True, slots=True)
class Not:
    """A part that must not match."""

    part: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """Parts that must all match."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Parts of which one must match."""

    parts: "tuple[Filter, ...]"


Filter = Term | CategoryTerm | Not | And | Or


def gettext_noop(message: str) -> str:
    """Return *message* as it is. Marks it for translation where Django must not be imported."""
    return message


# English, with named places: a form shows `gettext(MESSAGES[error.code]) % error.detail`.
MESSAGES: Mapping[str, str] = {
    "empty": gettext_noop("Please write at least one word."),
    "line_break": gettext_noop("A filter is one line. Please write further filters on lines of their own."),
    "too_long": gettext_noop("This filter is too long: up to %(limit)s characters are possible."),
    "too_many_terms": gettext_noop("This filter has too many words: up to %(limit)s are possible."),
    "too_many_filters": gettext_noop("These are too many filters: up to %(limit)s are possible."),
    "too_deep": gettext_noop("These brackets are nested too deeply: up to %(limit)s levels are possible."),
    "open_bracket": gettext_noop("This bracket is never closed."),
    "close_bracket": gettext_noop("This bracket was never opened."),
    "empty_brackets": gettext_noop("There is nothing between these brackets."),
    "open_quote": gettext_noop("This quotation mark has no partner."),
    "empty_phrase": gettext_noop("There are no words between these quotation marks."),
    "missing_side": gettext_noop("%(word)s needs something on both of its sides."),
    "missing_exclusion": gettext_noop("Please say what to leave out: a word, or a phrase in quotation marks."),
    "missing_value": gettext_noop("Please write what to look for right after %(field)s:"),
    "unknown_field": gettext_noop(
        "%(field)s: is not known here. You can use author:, title:, abs:, cat:, comment: and journal:. "
        "To look for these words themselves, put them in quotation marks."
    ),
    "unknown_field_near": gettext_noop("%(field)s: is not known here. Did you mean %(suggestion)s: instead?"),
    "unknown_category": gettext_noop("%(category)s is not an arXiv category. Examples are cs.LG and hep-th."),
    "unknown_category_near": gettext_noop("%(category)s is not an arXiv category. Did you mean %(suggestion)s?"),
}


class FilterError(ValueError):
    """Says what is wrong with a filter (`code`, `detail`) and where: `length` characters from `position`."""

    def __init__(self, code: str, position: int, length: int, **detail: object) -> None:
        super().__init__(code, position, length)
        self.code = code
        self.position = position
        self.length = length
        self.detail = detail
        # The filter it is about; set where several were checked.
        self.text = ""
        # Which of the filters it is, from 1.
        self.line = 1

    def __str__(self) -> str:
        return MESSAGES[self.code] % self.detail
