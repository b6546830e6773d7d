"""Freezes the papers of a day into its edition, best first."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from digest.domain import ProgressCallback, no_progress
from digest.editions.announced_papers import Candidate, find_announced_papers
from digest.models import Delivery, Edition, EditionEntry
from digest.ranking.trending import score

# Added to the ranks while they change places, as no two entries may share one even for a moment.
TEMPORARY_RANK_OFFSET = 1_000_000


def build_edition(day: date, tick: ProgressCallback = no_progress) -> Edition:
    """The edition of *day*, ranked and frozen. A day without announcements has an edition that stays open and empty.

    Called again it takes in what was announced since, even after a day on which nobody was due, until the first
    delivery is planned: letters point at ranks, so from then on the edition stays exactly as it is.
    """
    Edition.objects.get_or_create(day=day)
    with transaction.atomic():
        edition = Edition.objects.select_for_update().get(day=day)
        if not is_settled(edition):
            _freeze_entries(edition, find_announced_papers(day), tick)
    return edition


def set_note(edition: Edition, note: str) -> None:
    """Give the edition a note, unless the operator wrote one or letters are planned already."""
    if note and not edition.note and not is_settled(edition):
        edition.note = note
        edition.save(update_fields=["note"])


def is_settled(edition: Edition) -> bool:
    """Return whether nothing may change in the edition any more."""
    return Delivery.objects.filter(edition=edition).exists()


def _freeze_entries(edition: Edition, candidates: Sequence[Candidate], tick: ProgressCallback) -> None:
    wanted = _rank_entries(edition, candidates)
    tick(0, len(wanted))
    if _replace_entries(edition, wanted) or edition.frozen_at is None:
        edition.state = "frozen" if wanted else "open"
        edition.frozen_at = timezone.now() if wanted else None
        edition.planned_until = edition.looked_at = edition.closed_at = None
        edition.wanted = {}
        edition.save(update_fields=["state", "frozen_at", "planned_until", "looked_at", "closed_at", "wanted"])
    tick(len(wanted), len(wanted))


def _rank_entries(edition: Edition, candidates: Sequence[Candidate]) -> list[EditionEntry]:
    """Entries as they should be, not saved."""
    return [
        EditionEntry(
            edition=edition,
            version_id=candidates[place].version_id,
            rank=rank,
            score=score,
            section=candidates[place].section,
            kind=candidates[place].kind,
        )
        for rank, (place, score) in enumerate(score.rank_papers(candidates, edition.day))
    ]


def _replace_entries(edition: Edition, wanted: Sequence[EditionEntry]) -> bool:
    """Makes the stored entries equal to the wanted ones; those that stay keep their summaries. False: they were."""
    stored = {entry.version_id: entry for entry in edition.entries.all()}
    if {_entry_content(entry) for entry in stored.values()} == {_entry_content(entry) for entry in wanted}:
        return False
    kept = [entry for entry in wanted if entry.version_id in stored]
    for entry in kept:
        entry.pk = stored.pop(entry.version_id).pk
    edition.entries.filter(pk__in=[entry.pk for entry in stored.values()]).delete()
    edition.entries.update(rank=F("rank") + TEMPORARY_RANK_OFFSET)
    EditionEntry.objects.bulk_update(kept, ["rank", "score", "section", "kind"], batch_size=200)
    EditionEntry.objects.bulk_create(entry for entry in wanted if entry.pk is None)
    return True


def _entry_content(entry: EditionEntry) -> tuple[int, int, float, str, str]:
    return (entry.version_id, entry.rank, entry.score, entry.section, entry.kind)
