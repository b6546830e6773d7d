"""What a service's export files look like: declared by one file per service, and read by `layout.py`."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from subscriptions.importing.standing import Shown


def _show_nothing(columns: Set[str]) -> Shown | None:
    return None


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """The columns of one service's exports. Names are written as `columns.normalise_name` returns them."""

    name: str
    # Columns that tell its files from others': all of one of these groups.
    marks: tuple[frozenset[str], ...] = ()
    # What a column means: one of `columns.FIELDS`. `columns.GENERIC_FIELDS` are known in every format.
    fields: Mapping[str, str] = field(default_factory=dict)
    # Columns with the moment of consent; the first that is filled counts.
    consent: tuple[str, ...] = ()
    # What a status means where it is not what `standing.STATUSES` says.
    statuses: Mapping[str, Shown] = field(default_factory=dict)
    # Columns that say nothing of whether somebody wants letters, whatever stands in them.
    harmless: frozenset[str] = frozenset()
    # Without one of these columns a file does not show who left.
    needed: frozenset[str] = frozenset()
    # Columns of its lists of what happened to letters: these name people too, and who has left since among them.
    of_events: frozenset[str] = frozenset()
    # What a file shows of everybody in it, by its columns.
    show_all: Callable[[Set[str]], Shown | None] = _show_nothing
    # Whether a row without a status is one of somebody active.
    has_default_status: bool = False
    # Whether wrong preferences refuse a row. In other services' files such columns only happen to be named alike.
    is_strict: bool = False
