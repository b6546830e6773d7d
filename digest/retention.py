"""What is kept for a time only: the whole list, and what deletes it. Settings and defaults: `.env.example`.

| what | how long | then |
|---|---|---|
| people who never confirmed, with their wishes and requests | KEEP_UNCONFIRMED_DAYS | deleted |
| interests of the unsubscribed | KEEP_FORMER_INTERESTS_DAYS | deleted |
| interests that a reader had before | KEEP_LETTERS_DAYS | deleted |
| letters: picks with reasons, notices, the provider's number | KEEP_LETTERS_DAYS | only the papers seen |
| papers seen, and that there was a letter | KEEP_SEEN_PAPERS_DAYS | deleted |
| what earlier papers say of a filter, by a number made from its words | 30 days after nobody has it | deleted |
| what providers told of letters | KEEP_EVENTS_DAYS | deleted |
| runs with their reports, requests to models, sentences that relate two papers | KEEP_RUNS_DAYS | deleted |
| alarms that are over | KEEP_RUNS_DAYS | deleted |
| account requests that nobody could answer | KEEP_ERRANDS_DAYS | deleted |
| changes of address | as long as they can be taken back | deleted |
| remembered browsers, sessions, counts of requests and of letters | as each row says | deleted |

Kept for good, or until somebody deletes their account: active readers with their feedback, suppressions, papers and
editions, which name nobody, and the record of what operators did (`subscriptions/audit.py`).
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from digest.delivery import old_letters
from digest.delivery.rate_limits import counters
from digest.delivery.webhooks import events
from digest.domain import no_progress
from digest.models import Alarm, ModelBatch, ModelCall, RelatingSentence, Run
from digest.picking import interest_vectors
from subscriptions.services import expiry
from subscriptions.services.expiry import KeptRows, make_kind

# The clock's runs stop after so long, and the next one goes on: there is a day's work to do, too.
MAX_SECONDS = 120.0


def list_kinds() -> Sequence[KeptRows]:
    """Return everything that is kept for a time only, in the order in which it is deleted."""
    return [
        *expiry.list_kinds(),
        KeptRows(
            "letters",
            _("letters that are shortened to the papers seen"),
            settings.KEEP_LETTERS_DAYS,
            old_letters.count_whole,
            old_letters.shorten_due,
        ),
        KeptRows(
            "seen_papers",
            _("letters whose seen papers are forgotten"),
            settings.KEEP_SEEN_PAPERS_DAYS,
            old_letters.count_seen,
            old_letters.delete_due,
        ),
        KeptRows(
            "events",
            _("reports of mail providers"),
            settings.KEEP_EVENTS_DAYS,
            events.count_expired,
            events.delete_expired,
        ),
        make_kind(
            "interest_vectors",
            _("what earlier papers say of filters that nobody has any more"),
            interest_vectors.KEEP_DAYS,
            interest_vectors.find_forgotten,
        ),
        make_kind("runs", _("runs with their reports"), settings.KEEP_RUNS_DAYS, _find_runs),
        make_kind("alarms", _("alarms that are over"), settings.KEEP_RUNS_DAYS, _find_alarms),
        make_kind("model_calls", _("requests to models"), settings.KEEP_RUNS_DAYS, _find_model_calls),
        make_kind(
            "relating_sentences",
            _("sentences that relate two papers"),
            settings.KEEP_RUNS_DAYS,
            _find_relating_sentences,
        ),
        make_kind("model_batches", _("batches of requests to models"), settings.KEEP_RUNS_DAYS, _find_model_batches),
        make_kind("letter_counts", _("counts of letters"), counters.COUNTER_RETENTION.days, counters.find_old_counters),
        make_kind("sessions", _("sessions"), settings.SESSION_COOKIE_AGE // 86_400, _find_sessions),
    ]


def forget_due(now: datetime, seconds: float = MAX_SECONDS) -> dict[str, int]:
    """Delete whatever is due, for so many seconds at most, and return how many rows by the name of their kind."""
    end = time.monotonic() + seconds
    return {kind.name: kind.forget_due(now, lambda: time.monotonic() > end, no_progress) for kind in list_kinds()}


def _find_sessions(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lte=now)


def _find_runs(now: datetime) -> QuerySet[Run]:
    return Run.objects.filter(started_at__lte=_before(now))


def _find_alarms(now: datetime) -> QuerySet[Alarm]:
    return Alarm.objects.filter(ended_at__lte=_before(now))


def _find_model_calls(now: datetime) -> QuerySet[ModelCall]:
    return ModelCall.objects.filter(created_at__lte=_before(now))


def _find_relating_sentences(now: datetime) -> QuerySet[RelatingSentence]:
    return RelatingSentence.objects.filter(created_at__lte=_before(now))


def _find_model_batches(now: datetime) -> QuerySet[ModelBatch]:
    """Return batches without a call that is kept."""
    return ModelBatch.objects.filter(created_at__lte=_before(now), calls=None)


def _before(now: datetime) -> datetime:
    return now - timedelta(days=settings.KEEP_RUNS_DAYS)
