"""What a form offers to choose from, with what is chosen already marked, ready for the templates."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from subscriptions.languages import own_names
from subscriptions.models import Subscriber
from subscriptions.taxonomy import categories

REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool
    # Another name to find it by: arXiv's own, where the label is a translation of it.
    name: str = ""


@dataclass(frozen=True, slots=True)
class OptionGroup:
    label: str
    options: tuple[Option, ...]
    chosen: int


def category_groups(chosen: Collection[str]) -> list[OptionGroup]:
    return [_category_group(group, chosen) for group in categories.GROUPS]


def presets(chosen: Collection[str]) -> list[Option]:
    return [Option(preset.key, _(preset.label), preset.key in chosen) for preset in categories.PRESETS]


def languages(chosen: str) -> list[Option]:
    return [Option(code, name, code == chosen) for code, name in own_names().items()]


def days(chosen: Collection[str]) -> list[Option]:
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return [Option(str(number), name, str(number) in chosen) for number, name in enumerate(names, start=1)]


def hours(chosen: str) -> list[Option]:
    return [Option(str(hour), f"{hour:02}:00", str(hour) == chosen) for hour in range(24)]


def details(chosen: str) -> list[Option]:
    return [Option(value, str(label), value == chosen) for value, label in Subscriber.Detail.choices]


def zones(chosen: str) -> list[OptionGroup]:
    """By region; the person's own zone is there even where we would not offer it."""
    first = sorted({"UTC", chosen} - set(_zones()) - {""})
    groups = [
        ("", first),
        *((region, [zone for zone in _zones() if zone.startswith(f"{region}/")]) for region in REGIONS),
    ]
    return [
        OptionGroup(label, tuple(Option(zone, zone.replace("_", " "), zone == chosen) for zone in listed), 0)
        for label, listed in groups
    ]


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if zone.split("/")[0] in REGIONS))


def _category_group(group: categories.Group, chosen: Collection[str]) -> OptionGroup:
    options = tuple(Option(each.code, _(each.name), each.code in chosen, each.name) for each in group.categories)
    return OptionGroup(_(group.name), options, sum(option.chosen for option in options))
