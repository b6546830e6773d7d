"""Stores the feedback of readers on a paper: more like this, less like this, save."""

from django.db import transaction

from digest.models import Feedback, Paper

FEEDBACK_KINDS = tuple(kind for kind, _ in Feedback.KINDS)
LESS_CAUSES = tuple(cause for cause, _ in Feedback.CAUSES)
OPPOSITE_KINDS = {"more": "less", "less": "more"}


def record_feedback(subscriber_id: int, paper: Paper, kind: str, place: int | None = None) -> None:
    """Store feedback; the same twice counts once. `less` deletes `more`, and `more` deletes `less`.

    *place* is where the paper stood in the reader's letter, from 1; None if it was in none.
    """
    with transaction.atomic():
        Feedback.objects.filter(subscriber=subscriber_id, paper=paper, kind=OPPOSITE_KINDS.get(kind, "")).delete()
        Feedback.objects.get_or_create(subscriber_id=subscriber_id, paper=paper, kind=kind, defaults={"place": place})


def record_cause(subscriber_id: int, paper: Paper, cause: str) -> None:
    """Store why a reader wants less of a paper, if they said that they do. Raises ValueError for an unknown cause."""
    if cause not in LESS_CAUSES:
        raise ValueError(cause)
    Feedback.objects.filter(subscriber=subscriber_id, paper=paper, kind="less").update(cause=cause)


def delete_all_feedback(subscriber_id: int, kind: str) -> None:
    """Delete all that a reader said of one kind."""
    Feedback.objects.filter(subscriber=subscriber_id, kind=kind).delete()


def delete_feedback(subscriber_id: int, arxiv_id: str, kind: str) -> None:
    """Delete feedback. It is no error if there is none."""
    Feedback.objects.filter(subscriber=subscriber_id, paper__arxiv_id=arxiv_id, kind=kind).delete()
