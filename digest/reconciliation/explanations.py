"""Explains why a letter is in its state, and what an operator can do about it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digest.delivery import outages
from digest.domain import Outlook

REASON_WORDS: Mapping[str, str | Promise] = {
    "no_match": gettext_lazy("no paper of the day is for them"),
    "seen_before": gettext_lazy("they have had every paper that matches"),
    "below_minimum": gettext_lazy("fewer papers matched than they ask for"),
    "paused": gettext_lazy("they asked for a pause"),
    "unsubscribed": gettext_lazy("they have unsubscribed"),
    "suppressed": gettext_lazy("their address must not be written to"),
    "deleted": gettext_lazy("they have deleted themselves"),
    "too_late": gettext_lazy("it would have come too late after their hour"),
    "paced": gettext_lazy("it is not their turn yet, as the limits allow so many letters only"),
    "not_kept": gettext_lazy("what they showed is no longer kept"),
    "domain_held": gettext_lazy("their mail server refuses us, so they are tried again later"),
    "told_later": gettext_lazy("a later letter has chosen from their papers"),
    "refused_by_recipient": gettext_lazy("their mail server refuses them: to try again would not help"),
    "others": gettext_lazy("for other reasons"),
}
OTHER_REASONS = "others"
# The state of failed letters that nobody can do anything about.
HOPELESS = "hopeless"
# Reasons of one state that have a line of their own.
MAX_REASONS_PER_STATE = 20


@dataclass(frozen=True, slots=True)
class ExplainedCount:
    """A line of an edition's books."""

    # The state of a delivery; `waiting` for all open ones, `unplanned` and `to_come` for readers without one.
    state: str
    reason: str
    count: int
    words: str
    # What an operator can do, or what goes on by itself; empty if nothing.
    todo: str
    # Whether it needs somebody.
    outlook: Outlook

    def as_json(self) -> dict[str, Any]:
        """Return the line as it is stored in the report of a run."""
        return asdict(self)


def describe_reason(reason: str) -> str:
    """Return a reason in words: the one-word reasons of the outbox are explained, those of mail servers stay."""
    return str(REASON_WORDS.get(reason, reason))


@dataclass(frozen=True, slots=True)
class EditionState:
    """The state of an edition, as far as it decides what an operator can do about a letter."""

    day: date
    paused: bool
    # Whether the scheduler still takes care of it.
    is_scheduled: bool
    # Whether the mail server takes nobody's letter.
    is_down: bool = False


def explain_counts(edition: EditionState, counts: Mapping[tuple[str, str], int]) -> tuple[ExplainedCount, ...]:
    """Return a line for each state and reason of *counts*; the rarest reasons of a state share one line.

    The letters of the state `hopeless` have failed, and to try them again would not help.
    """
    return tuple(
        ExplainedCount(
            "failed" if state == HOPELESS else state,
            reason,
            count,
            describe_reason(reason) or _describe_state(state, edition),
            *suggest_action(state, reason, edition),
        )
        for (state, reason), count in sorted(_merge_rare_reasons(counts).items())
    )


def describe_action(explained: Iterable[Mapping[str, Any]], outlook: Outlook) -> Iterator[tuple[int, str, str]]:
    """Yield how many letters, in which state, and what to do, once for all reasons: those with this *outlook*.

    *explained* is as from `ExplainedCount.as_json`.
    """
    actions = Counter[tuple[str, str]]()
    for line in explained:
        if line["todo"] and line["outlook"] == outlook:
            actions[line["state"], line["todo"]] += line["count"]
    return ((count, state, todo) for (state, todo), count in sorted(actions.items()))


def _merge_rare_reasons(counts: Mapping[tuple[str, str], int]) -> Counter[tuple[str, str]]:
    """Merge the rarest reasons of each state, as a mail server may give every letter a reason of its own."""
    merged, reasons_of_state = Counter[tuple[str, str]](), Counter[str]()
    for (state, reason), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count:
            reasons_of_state[state] += 1
            is_rare = reasons_of_state[state] > MAX_REASONS_PER_STATE
            merged[state, OTHER_REASONS if is_rare else reason] += count
    return merged


def suggest_action(state: str, reason: str, edition: EditionState) -> tuple[str, Outlook]:
    """Return what an operator can do, with the command to type, or what goes on by itself, and which of both it is."""
    match state:
        case "waiting" | "unplanned" if edition.paused:
            text = _("Once the cause is mended: python manage.py resume_edition --date %(day)s")
        case "waiting" | "unplanned" if edition.is_scheduled and edition.is_down:
            return outages.what_to_do(), Outlook.ACT
        case "waiting" | "unplanned" if edition.is_scheduled:
            text = _(
                "The scheduler goes on with it every minute. Without one: python manage.py send_letters --date %(day)s"
            )
            return text % {"day": edition.day}, Outlook.WAIT
        case "waiting" | "unplanned":
            text = _("The scheduler leaves so old an edition alone. Do: python manage.py send_letters --date %(day)s")
        case "failed" if edition.paused:
            text = _(
                "Once the cause is mended: python manage.py retry_letters --date %(day)s --yes"
                " and then: python manage.py resume_edition --date %(day)s"
            )
        case "failed":
            text = _("Once the cause is mended: python manage.py retry_letters --date %(day)s --yes")
        case "uncertain":
            text = _("The mail server's log knows them: python manage.py settle_letters --date %(day)s")
        case "excluded" if reason == "too_late" and edition.paused:
            text = _(
                "To send it all the same: python manage.py resume_edition --date %(day)s"
                " and then: python manage.py send_letters --date %(day)s"
            )
        case "excluded" if reason == "too_late":
            text = _("To send it all the same: python manage.py send_letters --date %(day)s")
        case _:
            return "", Outlook.FINE
    return text % {"day": edition.day}, Outlook.ACT


def _describe_state(state: str, edition: EditionState) -> str:
    if state == "waiting" and edition.is_down:
        return _("the mail server takes nobody's letter")
    descriptions = {
        "accepted": _("the mail server or provider has taken it"),
        "waiting": _("not tried yet"),
        "unplanned": _("due, and no letter is planned"),
        "to_come": _("their hour is still to come"),
    }
    return descriptions.get(state, "")
