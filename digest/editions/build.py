"""Freezes the papers of a day into its edition, best first."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from digest.domain import ProgressCallback, no_progress
from digest.editions.announced_papers import AnnouncedPaper, find_announced_papers
from digest.editions.earlier_attention import load_earlier_attention
from digest.editions.version_vectors import fill_vectors
from digest.models import Delivery, Edition, EditionEntry, Version
from digest.ranking.trending import score

# Added to the ranks while they change places, as no two entries may share one even for a moment.
TEMPORARY_RANK_OFFSET = 1_000_000


def build_edition(day: date, tick: ProgressCallback = no_progress) -> Edition:
    """Return the edition of *day*, ranked and frozen. On a day without announcements it stays open and empty.

    A later call adds what was announced since and ranks again by the newest signals, until the first delivery is
    planned: letters refer to papers by rank, so from then on the edition does not change. One that was closed without
    letters still grows.
    """
    Edition.objects.get_or_create(day=day)
    with transaction.atomic():
        edition = Edition.objects.select_for_update().get(day=day)
        if not is_settled(edition):
            _freeze_entries(edition, find_announced_papers(day), tick)
    fill_vectors(Version.objects.filter(entries__edition=edition))
    return edition


def set_note(edition: Edition, note: str, notes: Mapping[str, str]) -> None:
    """Give the edition a note and those of languages, unless the operator wrote one or letters are planned already."""
    if note and not edition.note and not edition.notes and not is_settled(edition):
        edition.note, edition.notes = note, dict(notes) or None
        edition.save(update_fields=["note", "notes"])


def is_settled(edition: Edition) -> bool:
    """Return whether nothing may change in the edition any more."""
    return Delivery.objects.filter(edition=edition).exists()


def _freeze_entries(edition: Edition, candidates: Sequence[AnnouncedPaper], tick: ProgressCallback) -> None:
    new_entries = _rank_entries(edition, candidates)
    tick(0, len(new_entries))
    if _replace_entries(edition, new_entries) or edition.frozen_at is None:
        edition.state = "frozen" if new_entries else "open"
        edition.frozen_at = timezone.now() if new_entries else None
        edition.planned_until = edition.looked_at = edition.closed_at = None
        edition.wanted = {}
        edition.save(update_fields=["state", "frozen_at", "planned_until", "looked_at", "closed_at", "wanted"])
    tick(len(new_entries), len(new_entries))


def _rank_entries(edition: Edition, candidates: Sequence[AnnouncedPaper]) -> list[EditionEntry]:
    """Return the entries of the edition, best paper first, not saved."""
    earlier = load_earlier_attention(edition.day)
    ranked = score.rank_papers(candidates, edition.day, earlier.history, earlier.usual)
    return [
        EditionEntry(
            edition=edition,
            version_id=candidates[place].version_id,
            rank=rank,
            score=trending.score,
            score_without_names=trending.without_names,
            section=candidates[place].section,
            kind=candidates[place].kind,
        )
        for rank, (place, trending) in enumerate(ranked)
    ]


def _replace_entries(edition: Edition, new_entries: Sequence[EditionEntry]) -> bool:
    """Store *new_entries* in place of the old ones. Return False if nothing changed.

    Entries of versions that stay are updated, so that they keep their summaries. The earlier papers of letters that are
    forgotten by now go.
    """
    stored = {entry.version_id: entry for entry in edition.entries.of_the_day()}
    if {_entry_content(entry) for entry in stored.values()} == {_entry_content(entry) for entry in new_entries}:
        return False
    updated = [entry for entry in new_entries if entry.version_id in stored]
    for entry in updated:
        entry.pk = stored.pop(entry.version_id).pk
    edition.entries.exclude(announced_on=None).delete()
    edition.entries.filter(pk__in=[entry.pk for entry in stored.values()]).delete()
    edition.entries.update(rank=F("rank") + TEMPORARY_RANK_OFFSET)
    EditionEntry.objects.bulk_update(
        updated, ["rank", "score", "score_without_names", "section", "kind"], batch_size=200
    )
    EditionEntry.objects.bulk_create(entry for entry in new_entries if entry.pk is None)
    return True


def _entry_content(entry: EditionEntry) -> tuple[int, int, float, float, str, str]:
    return (entry.version_id, entry.rank, entry.score, entry.score_without_names, entry.section, entry.kind)
