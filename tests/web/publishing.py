"""Editions and letters for the tests of the pages, made row by row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from digest.domain import Choice, Pick, Reason
from digest.models import Announcement, Delivery, Edition, EditionEntry, EditionSummary, Paper, Summary, Version
from digest.picking.stored_picks import encode_picks
from subscriptions.reader import Reader
from tests.people import ada

FRIDAY = date(2026, 1, 23)


@dataclass(frozen=True)
class Draft:
    """What a test wants to say of a paper; the rest is filled in."""

    arxiv_id: str = "2601.15380"
    title: str = "Attention with better priors"
    abstract: str = "We look at attention in a new way. It works well."
    authors: tuple[str, ...] = ("Grace Hopper", "Alan Turing")
    categories: tuple[str, ...] = ("cs.LG",)
    section: str = ""
    kind: str = "new"
    tldr: str = ""
    writer: str = "extractive"
    code_url: str = ""
    withdrawn: bool = False
    comment: str = ""


def drafts(count: int) -> list[Draft]:
    return [
        Draft(arxiv_id=f"2601.{number:05}", title=f"Paper number {number}", tldr=f"In short: {number}.")
        for number in range(1, count + 1)
    ]


def publish(papers: Iterable[Draft] = (Draft(),), day: date = FRIDAY, state: str = "frozen") -> Edition:
    """An edition that holds *papers* in this order."""
    edition = Edition.objects.create(day=day, state=state, frozen_at=datetime.now(UTC))
    for rank, draft in enumerate(papers):
        entry = EditionEntry.objects.create(
            edition=edition,
            version=store(draft, day),
            rank=rank,
            score=1 / (rank + 2),
            section=draft.section or draft.categories[0],
            kind=draft.kind,
        )
        if draft.tldr:
            EditionSummary.objects.create(entry=entry, language="en", summary=summarise(entry.version, draft))
    return edition


def deliver(
    reasons: Sequence[tuple[Reason, ...]], day: date = FRIDAY, person: Reader = ada, state: str = "accepted"
) -> Delivery:
    """A letter of an edition that holds its papers alone: one for each of the *reasons*."""
    picks = tuple(Pick(rank, 1.0, each) for rank, each in enumerate(reasons))
    return Delivery.objects.create(
        edition=publish(drafts(len(picks)), day=day),
        subscriber_id=person.id,
        picks=encode_picks(Choice(picks, len(picks))),
        matched=len(picks),
        language=person.language,
        detail=person.detail,
        state=state,
        created_at=datetime.now(UTC),
    )


def store(draft: Draft, day: date = FRIDAY) -> Version:
    paper, _ = Paper.objects.get_or_create(arxiv_id=draft.arxiv_id)
    version, created = Version.objects.get_or_create(
        paper=paper,
        number=1,
        defaults={
            "title": draft.title,
            "abstract": draft.abstract,
            "authors": list(draft.authors),
            "categories": list(draft.categories),
            "primary_category": draft.categories[0],
            "code_url": draft.code_url,
            "withdrawn": draft.withdrawn,
            "comment": draft.comment,
        },
    )
    if created:
        Announcement.objects.create(version=version, category=draft.categories[0], day=day, kind=draft.kind)
    return version


def summarise(version: Version, draft: Draft, language: str = "en") -> Summary:
    summary, _ = Summary.objects.get_or_create(
        version=version, language=language, writer=draft.writer, prompt_version="", defaults={"tldr": draft.tldr}
    )
    return summary
