"""The only defaults and limits of what a subscriber may choose, and the chosen values once they are checked.

Tables, forms, imports, templates and letters take them from here. No Django here.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

DEFAULT_LANGUAGE = "en"
DEFAULT_TIMEZONE = "UTC"
# The hour of the day, in the subscriber's own time zone, from which on the letter is sent.
DEFAULT_HOUR = 8

# Days of the week are the bits of an int: Monday is 1, Sunday is 64.
MONDAY = 0b0000001
WORKDAYS = 0b0011111
EVERY_DAY = 0b1111111
DEFAULT_DAYS = EVERY_DAY

# Papers in a letter, and how few are too few for a letter.
DEFAULT_PAPERS = 10
MAX_PAPERS = 30
DEFAULT_MINIMUM = 1
MAX_MINIMUM = 10

# Papers that somebody brings along as liked ones.
MAX_LIKED_PAPERS = 100

# One of Subscriber.Detail.
DEFAULT_DETAIL = "tldr"
# How many papers at the top of a letter say as much as the reader wants, by that detail, and how many after them are
# short. The others have one line.
PAPERS_IN_FULL = {"titles": 3, "tldr": 3, "structured": 5, "abstract": 5}
PAPERS_IN_SHORT = {"titles": 0, "tldr": 4, "structured": 5, "abstract": 5}

# How much the attention that a paper gets counts, from least to most. Empty, the default, leaves it to the reader's
# categories: see `usual_popularity`.
POPULARITY_WEIGHTS = ("none", "some", "much")
DEFAULT_POPULARITY = ""
# Archives of which at least one paper in a hundred gets votes: measured on the papers of two months, those that are
# cross-listed there among them. Cs has 5.0, q-bio 2.2, stat 1.2, eess 1.2; math has 0.2, and physics 0.5 at most.
FIELDS_WITH_VOTES = frozenset({"cs", "q-bio", "stat", "eess"})

# What a letter's score is made of and a reader may switch off. `likes` are the papers they wanted more of or saved,
# `filters` what their keywords match, `interests` papers that resemble earlier ones which a keyword matched, `new` the
# places for something new. Popularity has a weight of its own instead: `none` switches it off.
SIGNAL_FAMILIES = ("likes", "dislikes", "authors", "categories", "filters", "interests", "new")


@dataclass(frozen=True, slots=True)
class Preferences:
    """The choices of one person. Checked values only: `validators.py` makes them from forms and files."""

    categories: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    language: str = DEFAULT_LANGUAGE
    timezone: str = DEFAULT_TIMEZONE
    hour: int = DEFAULT_HOUR
    days: int = DEFAULT_DAYS
    papers: int = DEFAULT_PAPERS
    minimum: int = DEFAULT_MINIMUM
    detail: str = DEFAULT_DETAIL
    # One of POPULARITY_WEIGHTS; empty for what is usual in the categories.
    popularity: str = DEFAULT_POPULARITY
    # Of SIGNAL_FAMILIES, in their order.
    switched_off: tuple[str, ...] = ()

    def columns(self) -> dict[str, object]:
        """Return the values as the columns of a subscriber's row hold them."""
        return {
            **asdict(self),
            "categories": " ".join(self.categories),
            "filters": "\n".join(self.filters),
            "switched_off": " ".join(self.switched_off),
        }


def usual_popularity(categories: Sequence[str]) -> str:
    """Return how much attention counts for a reader who has not said so: `some`, or `none` where papers get no votes.

    It is `some` if at least half of their categories are in a field with votes. Without categories it is `none`.
    """
    with_votes = sum(code.partition(".")[0] in FIELDS_WITH_VOTES for code in categories)
    return "some" if with_votes and 2 * with_votes >= len(categories) else "none"
