"""What the digest keeps about people: exported on request, erased when they are deleted, expired after a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from digest.delivery.rate_limits import limiter
from digest.delivery.webhooks import events
from digest.models import Delivery, DeliveryEvent, EditionEntry, Feedback
from digest.picking.choose import decode_picks

# Letters whose papers are looked up by one query.
AT_ONCE = 100


def collect(*, subscriber_id: int, **_signal: object) -> dict[str, object]:
    """Receives `subscriptions.signals.personal_data_requested`."""
    said = _said(subscriber_id)
    return {
        "opinions": [entry for entry in said if entry["opinion"] != "save"],
        "saved_papers": [{"paper": each["paper"], "at": each["at"]} for each in said if each["opinion"] == "save"],
        "letters": list(_letters(Delivery.objects.filter(subscriber=subscriber_id))),
    }


def let_go(*, instance: Any, **_signal: object) -> None:
    """Receives `pre_delete` of a subscriber. Opinions go with the row; a letter stays in the books as a number only."""
    letters = Delivery.objects.filter(subscriber=instance.pk)
    DeliveryEvent.objects.filter(delivery__in=letters).update(message_id="", event_id="", reason="")
    letters.update(picks=[], notices=[], provider_id="")


def delete_expired(now: datetime) -> None:
    """Delete provider events older than EVENTS_KEPT, and the counts of rate limits of days gone by."""
    events.delete_expired(now)
    limiter.delete_old_counters(now)


def _said(subscriber_id: int) -> list[dict[str, object]]:
    rows = Feedback.objects.filter(subscriber=subscriber_id).order_by("created_at", "pk")
    names = ("paper__arxiv_id", "kind", "created_at")
    return [{"paper": paper, "opinion": kind, "at": at} for paper, kind, at in rows.values_list(*names)]


def _letters(rows: QuerySet[Delivery]) -> Iterable[dict[str, object]]:
    letters = list(rows.select_related("edition").prefetch_related("events").order_by("edition__day"))
    for start in range(0, len(letters), AT_ONCE):
        some = letters[start : start + AT_ONCE]
        papers = _papers(some)
        yield from (_letter(row, papers) for row in some)


def _letter(row: Delivery, papers: dict[tuple[int, int], str]) -> dict[str, object]:
    picks = decode_picks(row.picks)
    return {
        "edition": row.edition.day,
        "state": row.state,
        "reason": row.reason,
        "planned_at": row.created_at,
        "finished_at": row.finished_at,
        "language": row.language,
        "detail": row.detail,
        "papers": [
            {
                "paper": papers.get((row.edition_id, pick.rank), ""),
                "score": pick.score,
                "chosen_for": [[reason.kind, reason.text] for reason in pick.reasons],
            }
            for pick in picks
        ],
        "told_of": [papers.get((row.edition_id, rank), "") for rank in row.notices],
        "reported": [{"what": event.kind, "at": event.at, "reason": event.reason} for event in row.events.all()],
    }


def _papers(letters: Sequence[Delivery]) -> dict[tuple[int, int], str]:
    """(edition, rank) → arXiv id."""
    ranks = {rank for row in letters for rank in (*(pick.rank for pick in decode_picks(row.picks)), *row.notices)}
    entries = EditionEntry.objects.filter(edition__in={row.edition_id for row in letters}, rank__in=ranks)
    rows = entries.values_list("edition_id", "rank", "version__paper__arxiv_id")
    return {(edition, rank): paper for edition, rank, paper in rows}
