"""Personal data of the digest: exported on request, erased with the subscriber. What ends by itself: retention.py."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from digest.models import Delivery, DeliveryEvent, EditionEntry, Feedback, PaperNews
from digest.picking import shown_papers
from digest.picking.stored_picks import decode_picks, encode_reasons, list_ranks

LETTERS_PER_QUERY = 100


def collect_personal_data(*, subscriber_id: int, **_signal: object) -> dict[str, object]:
    """Return what the digest stores about a subscriber, for their export.

    Receives `subscriptions.signals.personal_data_requested`.
    """
    feedback = list(
        Feedback.objects.filter(subscriber=subscriber_id)
        .order_by("created_at", "pk")
        .values_list("paper__arxiv_id", "kind", "created_at", "place", "cause")
    )
    return {
        "opinions": [
            {"paper": paper, "opinion": kind, "at": at, "place_in_letter": place, "cause": cause}
            for paper, kind, at, place, cause in feedback
            if kind != "save"
        ],
        "saved_papers": [
            {"paper": paper, "at": at, "place_in_letter": place}
            for paper, kind, at, place, _cause in feedback
            if kind == "save"
        ],
        "letters": list(_export_letters(Delivery.objects.filter(subscriber=subscriber_id))),
    }


def erase_personal_data(*, instance: Any, **_signal: object) -> None:
    """Erase what letters hold about a subscriber who is being deleted. Receives `pre_delete`.

    Feedback is deleted with the subscriber. A letter's row remains in the books, without its picks, its notices and
    news, its sentences about what the reader kept, the server's words and the provider's number; the events that
    providers reported of it lose their numbers and reasons. The lists of who was shown a paper lose the reader.
    """
    shown_papers.erase_reader(instance.pk)
    letters = Delivery.objects.filter(subscriber=instance.pk)
    DeliveryEvent.objects.filter(delivery__in=letters).update(message_id="", event_id="", reason="")
    letters.update(picks=[], notices=[], news=None, relations=None, provider_id="")
    # What a mail server said may name the reader. Why a letter was never tried is in our words, which the books need.
    letters.exclude(state=Delivery.State.EXCLUDED).update(reason="")


def _export_letters(rows: QuerySet[Delivery]) -> Iterable[dict[str, object]]:
    letters = list(rows.select_related("edition").prefetch_related("events").order_by("edition__day"))
    for start in range(0, len(letters), LETTERS_PER_QUERY):
        chunk = letters[start : start + LETTERS_PER_QUERY]
        papers, news = _load_arxiv_ids(chunk), _load_news(chunk)
        yield from (_export_letter(row, papers, news) for row in chunk)


def _export_letter(
    row: Delivery, papers: dict[tuple[int, int], str], news: dict[int, dict[str, str]]
) -> dict[str, object]:
    picks = {pick.rank: pick for pick in decode_picks(row.picks)}
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
                "paper": papers.get((row.edition_id, rank), ""),
                "score": picks[rank].score if rank in picks else None,
                "chosen_for": encode_reasons(picks[rank].reasons) if rank in picks else [],
            }
            for rank in list_ranks(row.picks)
        ],
        "related": [
            {"paper": papers.get((row.edition_id, rank), ""), "sentence": text, "by": writer}
            for rank, text, writer in row.relations or ()
        ],
        "told_of": [papers.get((row.edition_id, rank), "") for rank in row.notices],
        "news": [news[number] for number in row.news or () if number in news],
        "reported": [{"what": event.kind, "at": event.at, "reason": event.reason} for event in row.events.all()],
    }


def _load_news(letters: Sequence[Delivery]) -> dict[int, dict[str, str]]:
    """Return what these letters told of papers besides, by its number."""
    rows = PaperNews.objects.filter(id__in={number for row in letters for number in row.news or ()})
    found = rows.values_list("id", "paper__arxiv_id", "kind")
    return {number: {"paper": paper, "what": kind} for number, paper, kind in found}


def _load_arxiv_ids(letters: Sequence[Delivery]) -> dict[tuple[int, int], str]:
    """Return the arXiv ids of all papers in these letters, by (edition id, rank)."""
    ranks = {rank for row in letters for rank in (*list_ranks(row.picks), *row.notices)}
    entries = EditionEntry.objects.filter(edition__in={row.edition_id for row in letters}, rank__in=ranks)
    rows = entries.values_list("edition_id", "rank", "version__paper__arxiv_id")
    return {(edition, rank): paper for edition, rank, paper in rows}
