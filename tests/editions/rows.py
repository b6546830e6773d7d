"""Rows for the tests of editions: papers as announced, without a source."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count

from django.utils import timezone

from digest.domain import AnnouncementKind
from digest.models import Announcement, Delivery, Edition, Paper, Signal, Version
from subscriptions.reader import Reader

FRIDAY = date(2026, 1, 23)
NUMBERS = count(1)


def announce(
    title: str,
    *categories: str,
    day: date = FRIDAY,
    kind: AnnouncementKind = "new",
    section: str = "",
    authors: Sequence[str] = ("Grace Hopper",),
    abstract: str = "We study this.",
    code_url: str = "",
    upvotes: int = 0,
) -> Version:
    """A paper and its first announcement; cs.LG unless categories are given."""
    categories = categories or ("cs.LG",)
    paper = Paper.objects.create(arxiv_id=f"2601.{next(NUMBERS):05}")
    version = Version.objects.create(
        paper=paper,
        title=title,
        abstract=abstract,
        authors=list(authors),
        categories=list(categories),
        primary_category=categories[0],
        code_url=code_url,
    )
    announce_again(version, section or categories[0], day=day, kind=kind)
    if upvotes:
        observe(paper, upvotes)
    return version


def announce_again(version: Version, section: str, *, day: date = FRIDAY, kind: AnnouncementKind = "cross") -> None:
    Announcement.objects.create(version=version, category=section, day=day, kind=kind)


def observe(paper: Paper, value: int, kind: str = "upvotes", *, hours_ago: int = 0) -> None:
    at: datetime = timezone.now() - timedelta(hours=hours_ago)
    Signal.objects.create(paper=paper, kind=kind, value=value, observed_at=at)


def deliver(edition: Edition, person: Reader, *ranks: int, state: str = "accepted") -> Delivery:
    """A letter that showed *person* these ranks of the edition."""
    return Delivery.objects.create(
        edition=edition,
        subscriber_id=person.id,
        state=state,
        picks=[[rank, 0.5, [["category", "cs.LG"]]] for rank in ranks],
        matched=len(ranks),
        language=person.language,
        detail=person.detail,
        created_at=timezone.now(),
    )
