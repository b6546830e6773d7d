"""What the columns of one file mean: by the service whose export it is, by names known everywhere, and as it was told.

A column that looks as if it said who left, and is not known, stops the import: nobody who left may become active here.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from shlex import quote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from subscriptions.importing.columns import (
    ENDS,
    FIELDS,
    GENERIC_FIELDS,
    LOOKS_LIKE_OPT_OUT,
    LOOKS_LIKE_SUBSCRIPTION,
    normalise_name,
)
from subscriptions.importing.file_rows import COLUMNS
from subscriptions.importing.formats.base import ExportFormat
from subscriptions.importing.formats.registry import recognise_format
from subscriptions.importing.standing import (
    BLOCKED,
    BOUNCED,
    COMPLAINED,
    NOT_SUBSCRIBED,
    PENDING,
    UNSUBSCRIBED,
    YES_WORDS,
    Shown,
    Standing,
    is_no,
    is_refusal,
    is_telling,
    read_confirmed,
    read_end,
    read_status,
    read_subscribed,
    worst,
)

MAX_COLUMNS_NAMED = 20
UNKNOWN, HARMLESS = "unknown", "harmless"
# Lists of addresses that are named so, and say nothing else, are of people who left.
FILE_NAMES: Mapping[str, Shown] = {
    r"complain(t|ts|ers?|ed)|spam_?(reports?|complaints?)": COMPLAINED,
    r"(hard_?)?bounc(e|es|ed)|cleaned|undeliverable|unreachable": BOUNCED,
    r"suppress(ed|ions?)|block_?list(ed)?|blacklist(ed)?|blocked|banned|do_not_(mail|contact|email)": BLOCKED,
    r"unsub(s|scribed?|scribers|scribes|scriptions)?|opt(ed)?_?outs?|abgemeldete?|deleted": UNSUBSCRIBED,
}
# Other words that such a name may have. A file of another name may be about something else.
PLAIN_NAME_WORDS = (
    r"(members?|exports?|exported|lists?|mailing|e?mails?|contacts?|people|subscribers?|users?|address(es)?|all|audience"
    r"|segment|newsletter|from|my|our|global|[^\W_]*\d[^\W_]*)"
)


class DecisionNeeded(Exception):
    """Whoever imports must say something first; the text says what and how."""


@dataclass(frozen=True, slots=True)
class Instructions:
    """What whoever imports says of their files."""

    # Fields by the names of columns, both as `normalise_name` returns them.
    mapped: Mapping[str, str] = field(default_factory=dict)
    # Columns that count for nothing.
    ignored: frozenset[str] = frozenset()
    # What everybody in the files is, unless a row says worse.
    status: str = ""
    # The file may be taken although it does not show who left.
    is_accepted: bool = False


@dataclass(slots=True)
class Layout:
    """What the columns of one file mean."""

    format: ExportFormat
    instructions: Instructions
    # The columns whose cells every row should have, by field; the first that is filled counts.
    columns: dict[str, list[str]]
    # What the file as a whole shows of everybody in it.
    shown_of_all: list[Shown]
    meanings: dict[str, str] = field(default_factory=dict)

    def meaning(self, name: str) -> str:
        """Return the field of a column, UNKNOWN or HARMLESS."""
        if name not in self.meanings:
            self.meanings[name] = _find_meaning(normalise_name(name), self.format, self.instructions)
        return self.meanings[name]

    def describe(self) -> str:
        """Return whose export the file is, and the status of everybody in it where the whole file shows one."""
        return f"{self.format.name} ({worst(self.shown_of_all).standing})" if self.shown_of_all else self.format.name

    def cell(self, values: Mapping[str, object], wanted: str) -> object:
        """Return the row's value of a field, None if it has none."""
        return next((values[name] for name in self.columns.get(wanted, ()) if name in values), None)

    def consent_cells(self, values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        """Yield the columns and cells that the row has of moments of consent, the best first."""
        yield from ((name, values[name]) for name in self.columns.get("consent_at", ()) if name in values)

    def judge(self, values: Mapping[str, object]) -> Shown:
        """Return what a row shows of how its person stands to the letters.

        Raises ValidationError where nobody can tell.
        """
        statuses, shown = self.format.statuses, [*self.shown_of_all]
        for name, value in values.items():
            match self.meaning(name):
                case "status":
                    shown.append(read_status(value, statuses))
                case "subscribed":
                    shown.append(read_subscribed(value, statuses))
                case "confirmed":
                    shown.append(read_confirmed(value, statuses))
                case ("unsubscribed" | "bounced" | "complained" | "blocked") as end:
                    shown.append(read_end(value, ENDS[end]))
                case "consent_at" if is_no(value):
                    shown.append(UNSUBSCRIBED)
        if any(name not in values for name in self.columns.get("subscribed", ())):
            shown.append(NOT_SUBSCRIBED)
        if any(name not in values for name in self.columns.get("confirmed", ())):
            shown.append(PENDING)
        if not self.format.has_default_status and any(name not in values for name in self.columns.get("status", ())):
            raise ValidationError(_("the row does not say whether the person is subscribed"))
        return worst(shown)


def build_layout(file: str, columns: Sequence[str], instructions: Instructions) -> Layout:
    """Return what these columns mean. Raises DecisionNeeded."""
    names = {normalise_name(column) for column in columns}
    recognised = recognise_format(names)
    layout = Layout(recognised, instructions, {}, [])
    for column in columns:
        layout.columns.setdefault(layout.meaning(column), []).append(column)
    _order_columns(layout)
    _order_consent(layout, columns)
    shown = [_shown_by_status(instructions.status), recognised.show_all(names)]
    says_more = any(layout.columns.get(each) for each in ("status", "subscribed"))
    if not any(shown) and not says_more and not instructions.mapped and not instructions.ignored:
        shown.append(_shown_by_name(file))
    layout.shown_of_all = [each for each in shown if each]
    return layout


def describe_gap(layout: Layout, columns: Collection[str]) -> str:
    """Return what the file does not show of who left, as a sentence; empty if it does."""
    needed = layout.format.needed
    if not needed or needed & {normalise_name(column) for column in columns} or layout.shown_of_all:
        return ""
    if layout.columns.get("status"):
        return _("%(service)s's statuses are those of accounts: this file does not show who left a list.") % {
            "service": layout.format.name
        }
    sentence = _("This %(service)s file has no column that shows who left: %(columns)s.")
    return sentence % {"service": layout.format.name, "columns": ", ".join(sorted(needed))}


def parse_mapping(texts: Sequence[str]) -> dict[str, str]:
    """Return the fields by column of texts such as `Mail=email`. Raises ValidationError."""
    mapped = {}
    for text in texts:
        column, equals, wanted = text.rpartition("=")
        if not equals or not column.strip() or wanted.strip().lower() not in FIELDS:
            problem = _("%(text)s: write COLUMN=FIELD; the fields are: %(known)s.")
            raise ValidationError(problem % {"text": text, "known": ", ".join(FIELDS)})
        mapped[normalise_name(column)] = wanted.strip().lower()
    return mapped


class ColumnGuard:
    """Looks through the columns that are not known for one that says who left."""

    def __init__(self, layout: Layout, columns: Sequence[str]) -> None:
        self.layout = layout
        # The names in the header, and those within cells once a row has them.
        self.seen = set(columns)
        self.suspects = dict.fromkeys(
            name for name in columns if layout.meaning(name) == UNKNOWN and _how_it_looks(name) == "opt-out"
        )
        # Of columns that are named like a subscription: how many rows say yes, and how many have the cell.
        self.agreed: dict[str, int] = {}
        self.rows = 0

    def look_at_row(self, values: Mapping[str, object]) -> None:
        """Note columns by what stands in a row."""
        self.rows += 1
        self.seen.update(values)
        for name, value in values.items():
            if self.layout.meaning(name) != UNKNOWN or name in self.suspects:
                continue
            looks = _how_it_looks(name)
            text = str(value)
            if looks == "opt-out" or _is_telling(text) or (looks == "subscription" and is_refusal(text)):
                self.suspects[name] = None
            elif looks == "subscription" and text.strip().casefold() in YES_WORDS:
                self.agreed[name] = self.agreed.get(name, 0) + 1

    def find_suspects(self) -> list[str]:
        """Return the columns that look as if they said who left. A yes here and nothing there says so too."""
        partly = [name for name, count in self.agreed.items() if count < self.rows]
        return list(dict.fromkeys([*self.suspects, *partly]))[:MAX_COLUMNS_NAMED]


def refuse_suspects(file: str, suspects: Sequence[str]) -> None:
    """Raise DecisionNeeded if there is a column that looks as if it said who left."""
    if suspects:
        sentence = _(
            "%(file)s: %(columns)s looks like an opt-out and is not known here. Say what it means, such as "
            "--map %(map)s, or that it means nothing: --ignore-column %(ignore)s. Nothing was stored."
        )
        columns = ", ".join(f"“{name}”" for name in suspects)
        # As a shell takes them.
        options = {"map": quote(f"{suspects[0]}=unsubscribed"), "ignore": quote(suspects[0])}
        raise DecisionNeeded(sentence % {"file": file, "columns": columns, **options})


def _find_meaning(name: str, recognised: ExportFormat, instructions: Instructions) -> str:
    if name in instructions.ignored:
        return HARMLESS
    for meanings in (instructions.mapped, recognised.fields, dict.fromkeys(recognised.consent, "consent_at")):
        if name in meanings:
            return meanings[name]
    return HARMLESS if name in recognised.harmless else GENERIC_FIELDS.get(name, UNKNOWN)


def _order_columns(layout: Layout) -> None:
    """Have one column only for what a person has once: as told, or the better name. The others are unknown."""
    mapped, generic = layout.instructions.mapped, list(GENERIC_FIELDS)
    for wanted in set(COLUMNS) - {"status", "consent_at"}:
        names = sorted(
            layout.columns.get(wanted, ()),
            key=lambda name: (normalise_name(name) not in mapped, generic.index(_generic_name(name, wanted))),
        )
        layout.columns[wanted] = names[:1]
        layout.meanings.update(dict.fromkeys(names[1:], UNKNOWN))


def _order_consent(layout: Layout, columns: Sequence[str]) -> None:
    """Put the columns with moments of consent into the order in which they count."""
    order = [name for name, wanted in layout.instructions.mapped.items() if wanted == "consent_at"]
    order += [name for name in (*layout.format.consent, "consent_at") if name not in layout.instructions.ignored]
    named = {normalise_name(column): column for column in columns}
    layout.columns["consent_at"] = [named[name] for name in order if name in named]


def _generic_name(name: str, wanted: str) -> str:
    """Return the name by which a column is known everywhere; of one that is known by its format only, its field's."""
    plain = normalise_name(name)
    return plain if plain in GENERIC_FIELDS else wanted


def _shown_by_status(status: str) -> Shown | None:
    if not status:
        return None
    return BLOCKED if status == Standing.SUPPRESSED else Shown(Standing(status))


def _shown_by_name(file: str) -> Shown | None:
    """Return what a file's name shows of everybody in it: unsubscribed_2024.csv, bounces.csv."""
    name = normalise_name(file.rpartition("/")[2].rpartition(".")[0] or file)
    return next(
        (
            shown
            for words, shown in FILE_NAMES.items()
            if re.fullmatch(rf"({PLAIN_NAME_WORDS}_)*({words})(_{PLAIN_NAME_WORDS})*", name)
        ),
        None,
    )


@lru_cache(maxsize=1024)
def _how_it_looks(name: str) -> str:
    plain = normalise_name(name)
    if LOOKS_LIKE_OPT_OUT.search(plain):
        return "opt-out"
    return "subscription" if LOOKS_LIKE_SUBSCRIPTION.search(plain) else ""


@lru_cache(maxsize=4096)
def _is_telling(text: str) -> bool:
    # Kept, because thousands of rows repeat the same few words.
    return is_telling(text)
