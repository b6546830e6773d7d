"""What people type into the pages. `validators.py` decides what is valid; here it becomes a form."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscriptions import email_addresses, validators
from subscriptions.filters.error_messages import FilterProblem, find_mistakes
from subscriptions.preferences import Preferences
from subscriptions.taxonomy import categories

MAX_PAUSE = timedelta(days=366)


class MultipleValueField(forms.Field):
    """Every value that the form sent under this name."""

    widget = forms.MultipleHiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> list[str]:
        return [str(each)[:100] for each in value or ()][:500]


class ValidatedField(forms.CharField):
    """A text that one function of validators.py turns into a value."""

    def __init__(self, check: Callable[[str], object], **kwargs: Any) -> None:
        super().__init__(max_length=100, **kwargs)
        self.check_value = check

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return self.check_value(text)


class AddressForm(forms.Form):
    email = forms.CharField(
        max_length=email_addresses.MAX_ADDRESS_LENGTH,
        error_messages={
            "required": gettext_lazy("Please give your e-mail address."),
            "max_length": email_addresses.INVALID_ADDRESS,
        },
    )

    def clean_email(self) -> str:
        return email_addresses.clean(self.cleaned_data["email"])


class InterestsForm(forms.Form):
    categories = MultipleValueField()
    presets = MultipleValueField()
    filters = forms.CharField(required=False, max_length=20_000)

    # What is wrong with the filters, each with its place.
    mistakes: tuple[FilterProblem, ...] = ()

    def clean_categories(self) -> tuple[str, ...]:
        return validators.clean_categories(self.cleaned_data["categories"])

    def clean_presets(self) -> tuple[str, ...]:
        """The categories of the chosen presets; one that is gone by now is passed over."""
        chosen = set(self.cleaned_data["presets"])
        return tuple(code for preset in categories.PRESETS if preset.key in chosen for code in preset.categories)

    def clean_filters(self) -> tuple[str, ...]:
        lines = [line.strip() for line in self.cleaned_data["filters"].splitlines() if line.strip()]
        self.mistakes = tuple(find_mistakes(lines))
        if self.mistakes:
            raise ValidationError(_("Please look at the marked places."), code="filter")
        return validators.clean_filters(lines)

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self.cleaned_data["categories"] = self._categories()
            validators.require_interests(self.cleaned_data["categories"], self.cleaned_data["filters"])
        return self.cleaned_data

    def _categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.cleaned_data["categories"], *self.cleaned_data["presets"])))


class SignUpForm(AddressForm, InterestsForm):
    language = ValidatedField(validators.clean_language)
    timezone = forms.CharField(required=False, max_length=64)
    # Hidden from people; only machines fill it in.
    website = forms.CharField(required=False)

    def clean_timezone(self) -> str:
        """The browser's guess: worth nothing if we do not know it."""
        try:
            return validators.clean_timezone(self.cleaned_data["timezone"])
        except ValidationError:
            return "UTC"

    def preferences(self) -> Preferences:
        names = ("categories", "filters", "language", "timezone")
        return Preferences(**{name: self.cleaned_data[name] for name in names})


class PreferencesForm(InterestsForm):
    language = ValidatedField(validators.clean_language)
    timezone = ValidatedField(validators.clean_timezone)
    hour = ValidatedField(validators.clean_hour)
    days = MultipleValueField()
    papers = ValidatedField(validators.clean_papers)
    minimum = ValidatedField(validators.clean_minimum)
    detail = ValidatedField(validators.clean_detail)

    def clean_days(self) -> int:
        return validators.clean_days(self.cleaned_data["days"])

    def preferences(self) -> Preferences:
        return Preferences(**{name: value for name, value in self.cleaned_data.items() if name != "presets"})


class PauseForm(forms.Form):
    until = forms.DateField(error_messages={"required": gettext_lazy("Please give a date.")})

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.now().date()
        if not today < until <= today + MAX_PAUSE:
            raise ValidationError(_("Please give a date after today, at most a year ahead."))
        return until
