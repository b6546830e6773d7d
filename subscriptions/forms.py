"""The forms of the pages: their fields, what they offer to choose from, and their checked values.

`validators.py` decides what is valid. Templates show a field with its label by `{{ form.hour.as_field_group }}`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscriptions import email_addresses, validators
from subscriptions.filters.error_messages import FilterProblem, find_mistakes
from subscriptions.filters.words import words
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import (
    DEFAULT_TIMEZONE,
    MAX_MINIMUM,
    MAX_PAPERS,
    PAPERS_IN_FULL,
    PAPERS_IN_SHORT,
    Preferences,
)
from subscriptions.taxonomy import categories
from subscriptions.taxonomy.categories import Category

MAX_PAUSE = timedelta(days=366)
MAX_FILTERS_LENGTH = 20_000
# Of one name that a form sends many times.
MAX_VALUES = 500
MAX_VALUE_LENGTH = 100

TIMEZONE_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@dataclass(frozen=True, slots=True)
class Option:
    """A checkbox of a page."""

    value: str
    label: str
    chosen: bool
    # What else finds it in the category box: arXiv's own name for a translated one, aliases, everyday words.
    other_names: str = ""
    # The categories that a preset holds.
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """A group of checkboxes under one heading."""

    label: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> int:
        """Return how many of the options are chosen."""
        return sum(option.chosen for option in self.options)


LANGUAGE_CHOICES = [(language.code, language.own_name) for language in LETTER_LANGUAGES.values()]


class LanguageSelect(forms.Select):
    """Marks each language's own name as text in that language."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["attrs"] = {"lang": str(option["value"]), **option["attrs"]}
        return option


class TimezoneSelect(forms.Select):
    """Offers time zones by region; the person's own zone is there even where we would not offer it."""

    template_name = "subscriptions/_timezone_select.html"
    option_template_name = "subscriptions/_timezone_option.html"

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        others = sorted({DEFAULT_TIMEZONE, *value} - set(_offered_timezones()) - {""})
        regions = [
            (
                region,
                [
                    (zone, zone.removeprefix(f"{region}/").replace("_", " "))
                    for zone in _offered_timezones()
                    if zone.startswith(f"{region}/")
                ],
            )
            for region in TIMEZONE_REGIONS
        ]
        self.choices = [*((zone, zone.replace("_", " ")) for zone in others), *regions]
        return super().optgroups(name, value, attrs)


class FiltersTextarea(forms.Textarea):
    """A text of filters: browsers correct nothing in it, and fill it in again for those who come back to the page.

    Its hint and problems stand in subscriptions/_filters.html.
    """

    def __init__(self) -> None:
        attributes = {"cols": False, "rows": 4, "autocapitalize": "off", "spellcheck": "false"}
        super().__init__({**attributes, "aria-describedby": "filters-hint filters-error"})


class MultipleValueField(forms.Field):
    """A field that holds every value that the form sent under its name."""

    widget = forms.MultipleHiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> list[str]:
        return [str(each)[:MAX_VALUE_LENGTH] for each in value or ()][:MAX_VALUES]


class ValidatedField(forms.CharField):
    """A text that one function of validators.py turns into a value."""

    def __init__(self, validate: Callable[[str], object], **kwargs: Any) -> None:
        super().__init__(max_length=MAX_VALUE_LENGTH, **kwargs)
        self.validate_text = validate

    def clean(self, value: Any) -> Any:
        return self.validate_text(super().clean(value))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return no `maxlength`: selects and number inputs have none."""
        return {}


class AddressField(forms.CharField):
    """An e-mail address in the form in which mail goes to it."""

    widget = forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs["template_name"] = "subscriptions/_address_field.html"
        problems = {
            "required": gettext_lazy("Please give your e-mail address."),
            "max_length": email_addresses.INVALID_ADDRESS,
        }
        super().__init__(max_length=email_addresses.MAX_ADDRESS_LENGTH, error_messages=problems, **kwargs)

    def clean(self, value: Any) -> str:
        return email_addresses.clean(super().clean(value))


class PageRenderer(TemplatesSetting):
    """Finds templates where pages do, and renders field groups with our own."""

    field_template_name = "subscriptions/_field.html"


class PageForm(forms.Form):
    """A form whose fields have their names as ids in the page; the script of the pages knows them."""

    default_renderer = PageRenderer

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="%s")

    # The field that a problem of the form as a whole is about.
    focused_for_the_whole = ""

    def full_clean(self) -> None:
        """Check the form, and have the page begin at the first field that has a problem."""
        super().full_clean()
        wrong = [name for name in self.fields if name in self.errors] or [self.focused_for_the_whole]
        if self.errors and wrong[0] in self.fields:
            self.fields[wrong[0]].widget.attrs["autofocus"] = True


class AddressForm(PageForm):
    """Asks once, and refuses nothing, where an address looks mistyped.

    The page sends the answer as `email_choice`, and as `email_asked` the address that it is about.
    """

    email = AddressField(label=gettext_lazy("E-mail address"))

    # What was given and what was probably meant; both empty where the page asks nothing.
    mistyped = suggestion = ""

    @property
    def had_invisible_signs(self) -> bool:
        """Return whether signs that nobody sees were taken out of the address."""
        given = str(self.data.get("email", ""))
        return email_addresses.remove_invisible_signs(given) != given

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"]
        if self.data.get("email_asked") == address:
            choice = self.data.get("email_choice")
            return email_addresses.clean(choice) if choice else address
        self.suggestion = email_addresses.suggest(address)
        if self.suggestion:
            self.mistyped = address
            question = _("Did you mean %(suggestion)s?") % {"suggestion": self.suggestion}
            raise ValidationError(question, code="question")
        return address


class NewAddressForm(AddressForm):
    email = AddressField(label=gettext_lazy("New e-mail address"))


class InterestsForm(PageForm):
    categories = MultipleValueField(label=gettext_lazy("All categories"))
    # What is looked for in the category box, where no script looks while one types.
    find = forms.CharField(required=False, max_length=MAX_VALUE_LENGTH)
    presets = MultipleValueField(label=gettext_lazy("What are you interested in?"))
    filters = forms.CharField(
        required=False,
        max_length=MAX_FILTERS_LENGTH,
        label=gettext_lazy("Keywords, one filter per line"),
        widget=FiltersTextarea,
    )

    focused_for_the_whole = "filters"
    # What is wrong with the filters, each with its place.
    mistakes: tuple[FilterProblem, ...] = ()

    @cached_property
    def category_groups(self) -> list[OptionGroup]:
        """Return the categories by field of research, in the language of the page, without those of `found_options`."""
        found = {option.value for option in self.found_options}
        groups = (
            OptionGroup(label, tuple(option for option in options if option.value not in found))
            for label, options in self._offered_categories
        )
        return [group for group in groups if group.options]

    @cached_property
    def found_options(self) -> list[Option]:
        """Return the categories that `find` names, by code, name, alias or everyday word."""
        wanted = [word.removesuffix("s") for word in words(str(self["find"].value() or "")[:MAX_VALUE_LENGTH])]
        options = (option for _label, options in self._offered_categories for option in options)
        return [option for option in options if wanted and _has_words(option, wanted)]

    @cached_property
    def _offered_categories(self) -> list[tuple[str, list[Option]]]:
        chosen = _chosen_values(self, "categories")
        return [
            (_(group.name), [_category_option(each, each.code in chosen) for each in group.categories])
            for group in categories.GROUPS
        ]

    def preset_options(self) -> list[Option]:
        """Return the presets in the language of the page."""
        chosen = _chosen_values(self, "presets")
        return [
            Option(preset.key, _(preset.label), preset.key in chosen, holds=preset.categories)
            for preset in categories.PRESETS
        ]

    def clean_categories(self) -> tuple[str, ...]:
        return validators.clean_categories(self.cleaned_data["categories"])

    def clean_presets(self) -> tuple[str, ...]:
        """Return the categories of the chosen presets; one that is gone by now is passed over."""
        chosen = set(self.cleaned_data["presets"])
        return tuple(code for preset in categories.PRESETS if preset.key in chosen for code in preset.categories)

    def clean_filters(self) -> tuple[str, ...]:
        lines = [line.strip() for line in self.cleaned_data["filters"].splitlines() if line.strip()]
        self.mistakes = tuple(find_mistakes(lines))
        if self.mistakes:
            raise ValidationError(_("Please look at the marked places."), code="filter")
        return validators.clean_filters(lines)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors:
            data["categories"] = tuple(dict.fromkeys((*data["categories"], *data["presets"])))
            validators.require_interests(data["categories"], data["filters"])
        return data


class SignUpForm(AddressForm, InterestsForm):
    language = ValidatedField(
        validators.clean_language,
        label=gettext_lazy("Language of the letters"),
        widget=LanguageSelect(attrs={"class": "short"}, choices=LANGUAGE_CHOICES),
    )
    timezone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    # arXiv ids of papers that somebody brings along as liked ones.
    likes = MultipleValueField()
    # Hidden from people; only machines fill it in.
    website = forms.CharField(required=False)

    def clean_likes(self) -> tuple[str, ...]:
        return validators.clean_liked_papers(self.cleaned_data["likes"])

    def clean_timezone(self) -> str:
        """Return the browser's guess, or the default where we do not know that zone."""
        try:
            return validators.clean_timezone(self.cleaned_data["timezone"])
        except ValidationError:
            return DEFAULT_TIMEZONE

    def preferences(self) -> Preferences:
        """Return the checked choices; what the form does not ask for has its default."""
        names = ("categories", "filters", "language", "timezone")
        return Preferences(**{name: self.cleaned_data[name] for name in names})


class ScheduleForm(PageForm):
    """When letters come, and of how many papers."""

    days = MultipleValueField(label=gettext_lazy("Days"))
    hour = ValidatedField(
        validators.clean_hour,
        label=gettext_lazy("Time of day"),
        widget=forms.Select(attrs={"class": "short"}, choices=[(str(hour), f"{hour:02}:00") for hour in range(24)]),
    )
    papers = ValidatedField(
        validators.clean_papers,
        label=gettext_lazy("At most this many papers"),
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_PAPERS}),
    )

    def day_options(self) -> list[Option]:
        """Return the days of the week, numbered from Monday, 1."""
        names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
        chosen = _chosen_values(self, "days")
        return [Option(str(number), name, str(number) in chosen) for number, name in enumerate(names, start=1)]

    def clean_days(self) -> int:
        return validators.clean_days(self.cleaned_data["days"])


class FewerLettersForm(ScheduleForm):
    """The form behind a letter's link, which never brings more letters or papers than before."""

    def __init__(self, data: QueryDict | None, stored: Preferences) -> None:
        days = _list_day_numbers(stored.days)
        super().__init__(data, initial={"days": days, "hour": str(stored.hour), "papers": str(stored.papers)})
        self.stored = stored
        self.fields["papers"].widget.attrs["max"] = stored.papers

    def clean_days(self) -> int:
        days = super().clean_days()
        if days.bit_count() > self.stored.days.bit_count():
            raise ValidationError(
                _("These are more days than before. That takes a link which we mail to you: see below.")
            )
        return days

    def clean_papers(self) -> int:
        papers: int = self.cleaned_data["papers"]
        if papers > self.stored.papers:
            raise ValidationError(
                _("These are more papers than before. That takes a link which we mail to you: see below.")
            )
        return papers


class TimezoneForm(PageForm):
    timezone = ValidatedField(
        validators.clean_timezone,
        label=gettext_lazy("Time zone"),
        widget=TimezoneSelect,
    )


class PreferencesForm(InterestsForm, ScheduleForm, TimezoneForm):
    minimum = ValidatedField(
        validators.clean_minimum,
        label=gettext_lazy("No letter with fewer than"),
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_MINIMUM}),
        help_text=gettext_lazy("If fewer match, they wait for the next letter."),
    )
    detail = ValidatedField(
        validators.clean_detail,
        label=gettext_lazy("For each paper"),
        widget=forms.Select(choices=Subscriber.Detail.choices),
        help_text=format_lazy(
            gettext_lazy(
                "The first {full} papers of a letter say that much, the next {short} a sentence, the others one line. "
                "With a structured summary or the full abstract it is the first {full_of_more}."
            ),
            full=PAPERS_IN_FULL["tldr"],
            short=PAPERS_IN_SHORT["tldr"],
            full_of_more=PAPERS_IN_FULL["abstract"],
        ),
    )
    language = ValidatedField(
        validators.clean_language,
        label=gettext_lazy("Language of the letters"),
        widget=LanguageSelect(choices=LANGUAGE_CHOICES),
    )

    @classmethod
    def showing(cls, stored: Preferences) -> "PreferencesForm":
        """Return a form that shows what somebody chose earlier."""
        return cls(
            initial={
                "categories": stored.categories,
                "filters": "\n".join(stored.filters),
                "language": stored.language,
                "timezone": stored.timezone,
                "hour": str(stored.hour),
                "days": _list_day_numbers(stored.days),
                "papers": str(stored.papers),
                "minimum": str(stored.minimum),
                "detail": stored.detail,
            }
        )

    def preferences(self, stored: Preferences) -> Preferences:
        """Return the checked choices; what the form does not ask for is as it is stored."""
        chosen = {field.name for field in fields(Preferences)}
        return replace(stored, **{name: value for name, value in self.cleaned_data.items() if name in chosen})


class PauseForm(PageForm):
    until = forms.DateField(
        label=gettext_lazy("No letters before"),
        help_text=gettext_lazy("A date such as 2026-08-31. On that day your letters go on by themselves."),
        error_messages={"required": gettext_lazy("Please give a date.")},
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, data: QueryDict | None = None, *, longer_than: date | None = None) -> None:
        """Ask until when letters pause. The pause must not end before *longer_than*, where that is given."""
        super().__init__(data)
        self.longer_than = longer_than

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.now().date()
        if not today < until <= today + MAX_PAUSE:
            raise ValidationError(_("Please give a date after today, at most a year ahead."))
        if self.longer_than and until < self.longer_than:
            raise ValidationError(
                _("Your letters are paused for longer already. To end a pause takes a link which we mail to you.")
            )
        return until


def _chosen_values(form: forms.Form, name: str) -> Collection[str]:
    """Return the values that are marked in the page: those sent, or those to begin with."""
    values: Sequence[str] | None = form[name].value()
    return values or ()


def _category_option(category: Category, chosen: bool) -> Option:
    label = _(category.name)
    names = ([category.name] if category.name != label else []) + list(categories.OTHER_NAMES.get(category.code, ()))
    return Option(category.code, label, chosen, " ".join(names))


def _has_words(option: Option, wanted: Sequence[str]) -> bool:
    """Return whether each of the *wanted* words begins one of the option's."""
    own = words(f"{option.label} {option.value} {option.other_names}")
    return all(any(word.startswith(each) for word in own) for each in wanted)


def _list_day_numbers(days: int) -> list[str]:
    return [str(number) for number in range(1, 8) if days >> number - 1 & 1]


@lru_cache(maxsize=1)
def _offered_timezones() -> tuple[str, ...]:
    """Return the zones of the regions, sorted. Reading their list takes a tenth of a second."""
    return tuple(sorted(zone for zone in available_timezones() if zone.split("/")[0] in TIMEZONE_REGIONS))
