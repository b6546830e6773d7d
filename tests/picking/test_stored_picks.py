"""How picks stand in rows: short, and as they stood before too."""

from digest.domain import Choice, Pick, Reason
from digest.picking.stored_picks import are_shortened, decode_picks, encode_picks, list_ranks

ATTENTION, LEARNING = (Reason("keyword", "attention"),), (Reason("category", "cs.LG"),)
PICKS = (Pick(7, 9.5, ATTENTION), Pick(2, 8.0, ATTENTION), Pick(4, 1.5, LEARNING), Pick(0, 1.0, ATTENTION))


def test_reasons_stand_once_for_picks_in_a_row() -> None:
    stored = encode_picks(Choice(PICKS, matched=4))
    keyword, category = [["keyword", "attention", 0, 0]], [["category", "cs.LG", 0, 0]]
    assert stored == [[7, 9.5, keyword], [2, 8.0], [4, 1.5, category], [0, 1.0, keyword]]
    assert decode_picks(stored) == PICKS


def test_rows_of_before_repeat_the_reasons() -> None:
    keyword = [["keyword", "attention"]]
    assert decode_picks([[7, 9.5, keyword], [2, 8.0, keyword], [4, 1.5, []]]) == (*PICKS[:2], Pick(4, 1.5, ()))


def test_of_a_shortened_letter_only_ranks_are_left() -> None:
    stored = list_ranks(encode_picks(Choice(PICKS, matched=4)))
    assert stored == [7, 2, 4, 0]
    assert are_shortened(stored)
    assert (list_ranks(stored), decode_picks(stored)) == (stored, ())
    assert not are_shortened([])
