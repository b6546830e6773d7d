"""The only defaults and limits of what a subscriber may choose, and the chosen values once they are checked.

Tables, forms, imports, templates and letters take them from here. No Django here.
"""

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

# One of Subscriber.Detail.
DEFAULT_DETAIL = "tldr"


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

    def columns(self) -> dict[str, object]:
        """Return the values as the columns of a subscriber's row hold them."""
        return {**asdict(self), "categories": " ".join(self.categories), "filters": "\n".join(self.filters)}
