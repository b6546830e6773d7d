"""What the buttons more, less and save of a paper say: `digest/_mark_button.html` writes it, several pages read it."""

from collections.abc import Collection

from django.core.exceptions import BadRequest

from digest.editions import reader_feedback
from digest.models import Paper
from digest.picking.letter_places import find_place

# What the buttons do with a mark.
ACTIONS = ("say", "undo")


def store_answer(reader_id: int, answer: str, papers: Collection[str]) -> str:
    """Store what a button says, such as `undo more 2601.00001`, and return the arXiv id of its paper.

    *papers* are those of the page, by arXiv id. Raises BadRequest for what no button of the page says.
    """
    action, _space, rest = answer.partition(" ")
    kind, _space, arxiv_id = rest.partition(" ")
    if action not in ACTIONS or kind not in reader_feedback.FEEDBACK_KINDS or arxiv_id not in papers:
        raise BadRequest("no button of this page says so")
    if action == "undo":
        reader_feedback.delete_feedback(reader_id, arxiv_id, kind)
    else:
        paper = Paper.objects.get(arxiv_id=arxiv_id)
        reader_feedback.record_feedback(reader_id, paper, kind, find_place(reader_id, paper))
    return arxiv_id
