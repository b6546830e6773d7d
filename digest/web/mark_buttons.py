"""What the buttons more, less and save of a paper say: `digest/_mark_button.html` writes it, several pages read it."""

from collections.abc import Mapping

from django.core.exceptions import BadRequest

from digest.editions import reader_feedback
from digest.models import Paper

# What the buttons do with a mark.
ACTIONS = ("say", "undo")


def store_answer(reader_id: int, answer: str, places: Mapping[str, int | None]) -> str:
    """Store what a button says, such as `undo more 2601.00001`, and return the arXiv id of its paper.

    *places* names the papers of the page by arXiv id, each with its place in the reader's letter, from 1; None if it
    was in none. Raises BadRequest for what no button of the page says.
    """
    action, _space, rest = answer.partition(" ")
    kind, _space, arxiv_id = rest.partition(" ")
    if action not in ACTIONS or kind not in reader_feedback.FEEDBACK_KINDS or arxiv_id not in places:
        raise BadRequest("no button of this page says so")
    if action == "undo":
        reader_feedback.delete_feedback(reader_id, arxiv_id, kind)
    else:
        reader_feedback.record_feedback(reader_id, Paper.objects.get(arxiv_id=arxiv_id), kind, places[arxiv_id])
    return arxiv_id
