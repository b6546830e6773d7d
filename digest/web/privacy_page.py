"""The privacy page, read from the settings and the code that it speaks of, so that it cannot be out of date."""

from datetime import timedelta
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest import retention
from digest.checks import find_missing_operator_settings
from digest.delivery.providers.registry import find_provider_name
from digest.delivery.rate_limits.known_relays import find_known_relay
from digest.delivery.transports.backend_kinds import LOCAL_BACKENDS, SMTP_BACKENDS
from digest.summaries.llm.configured_models import configured_writers
from subscriptions import rate_limits
from subscriptions.links import remembered_browsers, tokens
from subscriptions.page_cache import public_page
from subscriptions.page_language import LANGUAGE_COOKIE_DAYS
from subscriptions.services.expiry import KeptRows


class MailRoute(NamedTuple):
    """Whom letters go through."""

    # Whether they stay on this machine as files.
    is_local: bool = False
    # Whether the mail server is one of our own.
    is_own: bool = False
    # The provider or the relay; empty where it has no name that we know.
    name: str = ""
    # Whether it is a provider that reports what became of letters.
    reports: bool = False
    # Whether it is told with every letter not to note who opens it.
    is_told_not_to_track: bool = False


class KeptData(NamedTuple):
    """What is kept, in words for readers."""

    what: str
    # None where no number of days says it.
    days: int | None = None
    # Where there are no days.
    how_long: str = ""


@require_safe
@public_page()
def show_privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "operator": settings.OPERATOR_NAME,
        "postal_address": settings.POSTAL_ADDRESS,
        "kept": list_kept_data(),
        "missing": ", ".join(find_missing_operator_settings()),
        "route": find_mail_route(),
        "models": find_model_hosts(),
        "asks_for_signals": settings.SIGNALS,
        "browser_cookie": remembered_browsers.COOKIE_NAME,
        "browser_days": remembered_browsers.VALIDITY.days,
        "form_cookie": settings.CSRF_COOKIE_NAME,
        "form_days": settings.CSRF_COOKIE_AGE // 86_400,
        "language_cookie": settings.LANGUAGE_COOKIE_NAME,
        "language_days": LANGUAGE_COOKIE_DAYS,
        "counter_hours": _longest_window() // timedelta(hours=1),
        "reports_host": urlsplit(settings.SENTRY_DSN).hostname,
        "link_hours": tokens.LINK_VALIDITY["account"] // timedelta(hours=1),
    }
    return render(request, "digest/privacy.html", context)


def list_kept_data() -> list[KeptData]:
    """Return what is kept of readers and how long: first what they end themselves, then what ends by itself."""
    until_deleted = _("until you have it deleted")
    ended_by_readers = [
        KeptData(_("Your address, what you chose, and when you confirmed or left"), how_long=until_deleted),
        KeptData(_("What you said of papers, and the papers that you saved"), how_long=until_deleted),
        KeptData(_("The number in the address of your own feed"), how_long=_("until you end the feed")),
        KeptData(
            _(
                "Which addresses to leave alone, after a complaint, a deletion or because they do not exist:"
                " a number made of the address with a secret key, not the address"
            ),
            how_long=_("for good"),
        ),
        KeptData(_("What whoever runs this site did here, by numbers and without addresses"), how_long=_("for good")),
    ]
    words = describe_kinds()
    days_by_words = {words[kind.name]: _days_of(kind) for kind in retention.list_kinds()}
    return [*ended_by_readers, *(KeptData(what, days) for what, days in days_by_words.items())]


def _days_of(kind: KeptRows) -> int:
    """Return how many days rows of a kind are kept, at most where each row says itself when it ends."""
    at_most = {
        "remembered_browsers": remembered_browsers.VALIDITY,
        "request_counts": _longest_window(),
        "sessions": timedelta(seconds=settings.SESSION_COOKIE_AGE),
    }
    return at_most[kind.name].days if kind.days is None else kind.days


def describe_kinds() -> dict[str, str]:
    """Return what readers read of each kind that ends by itself, by its name in `digest/retention.py`."""
    own_work = _("Reports of our own work, which name no reader")
    return {
        "unconfirmed": _("A sign-up that nobody confirmed"),
        "interests_of_unsubscribed": _("Your interests after you unsubscribed; you can come back to them until then"),
        "former_interests": _("Interests that you had before, for the pages of your letters"),
        "account_requests": _("A request that we could not answer"),
        "address_changes": _("Your former address after a change, so that you can take the change back"),
        "remembered_browsers": _("Browsers that open your account"),
        "request_counts": _("Counts of requests"),
        "letters": _("Your letters: which papers and why, their pages and their links"),
        "seen_papers": _("Which papers you have had, so that none comes twice"),
        "interest_vectors": _(
            "What papers of earlier days say of a keyword, by a number made from it, once nobody has it"
        ),
        "events": _("What became of your letters, as mail services report it"),
        "runs": own_work,
        "alarms": own_work,
        "model_calls": own_work,
        "relating_sentences": own_work,
        "model_batches": own_work,
        "letter_counts": _("How many letters went to a mail domain"),
        "sessions": _("Log-ins of whoever runs this site"),
    }


def find_mail_route() -> MailRoute:
    """Return whom letters go through by EMAIL_BACKEND and EMAIL_URL, without a word of what is secret in them."""
    backend = settings.EMAIL_BACKEND
    if backend.endswith(LOCAL_BACKENDS):
        return MailRoute(is_local=True)
    if backend.endswith(SMTP_BACKENDS):
        if _is_our_own(settings.EMAIL_HOST):
            return MailRoute(is_own=True)
        relay = find_known_relay(settings.EMAIL_HOST)
        return MailRoute(name=relay.name if relay else settings.EMAIL_HOST)
    if not (name := find_provider_name()):
        return MailRoute()
    told = settings.ANYMAIL.get(f"{name.upper().replace(' ', '_')}_SEND_DEFAULTS", {})
    is_told = told.get("track_opens") is False and told.get("track_clicks") is False
    return MailRoute(name=name, reports=True, is_told_not_to_track=is_told)


def find_model_hosts() -> list[str]:
    """Return the hosts of the model services that are asked for summaries; an empty name stands for our own."""
    hosts = (urlsplit(writer.service.base_url).hostname or "" for writer in configured_writers())
    return list(dict.fromkeys("" if _is_our_own(host) else host for host in hosts))


def _longest_window() -> timedelta:
    """Return how long a counter of requests is kept at most."""
    return max(limit.window for limit in vars(rate_limits).values() if isinstance(limit, rate_limits.Limit))


def _is_our_own(host: str) -> bool:
    """Return whether a host is this machine or in a network of its own: by its number, or by a name without a dot."""
    if "." not in host and ":" not in host:
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return host.endswith((".localhost", ".local", ".internal"))
