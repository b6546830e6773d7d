"""What readers say of a paper: more like this, less like this, save."""

from django.db import transaction

from digest.models import Feedback, Paper

KINDS = tuple(kind for kind, _ in Feedback.KINDS)
OPPOSITE = {"more": "less", "less": "more"}


def record(subscriber_id: int, paper: Paper, kind: str) -> None:
    """Said twice is said once; less takes back more, and more takes back less."""
    with transaction.atomic():
        Feedback.objects.filter(subscriber=subscriber_id, paper=paper, kind=OPPOSITE.get(kind, "")).delete()
        Feedback.objects.get_or_create(subscriber_id=subscriber_id, paper=paper, kind=kind)


def take_back(subscriber_id: int, arxiv_id: str, kind: str) -> None:
    """What was never said is taken back without complaint."""
    Feedback.objects.filter(subscriber=subscriber_id, paper__arxiv_id=arxiv_id, kind=kind).delete()
