"""Lists in compact columns come back as they were stored, and those that are not empty are found."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import Delivery
from digest.models.compact_json import MAX_NUMBER, MAX_ROWS, decode_list, encode_list, read_numbers, select_stored
from tests.delivery.outbox_rows import crowd, frozen_edition, planned

# What may stand in a table: deflated JSON, as older rows have it, and the two kinds with numbers first.
DEFLATED = "018b8e36d7b1d43305329054a61725166428e9981940b518e958e8015900"
ROWS, NUMBERS = "0302070002008b8eb6d433055248ead28b120b329474cc0ca01a2cf4803400", "0207000200"

values = st.recursive(
    st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()), st.lists, max_leaves=20
)


numbers = st.integers(0, MAX_NUMBER + 2)


@given(
    st.lists(values)
    | st.lists(numbers)
    | st.lists(st.builds(lambda first, rest: [first, *rest], numbers, st.lists(values)))
)
def test_lists_come_back_as_they_were_stored(values: list[object]) -> None:
    assert decode_list(encode_list(values)) == values


@given(st.lists(numbers) | st.lists(st.tuples(numbers, values), max_size=MAX_ROWS + 1))
def test_whole_numbers_are_read_without_the_rest(values: list[Any]) -> None:
    plain = [value if isinstance(value, int) else value[0] for value in decode_list(encode_list(values))]
    assert read_numbers(encode_list(values)).tolist() == plain


@pytest.mark.parametrize("stored", [DEFLATED, ROWS, NUMBERS], ids=["deflated", "rows", "numbers"])
def test_stored_values_are_read_for_years(stored: str) -> None:
    """These bytes stand in tables: who changes a format gives it another number."""
    whole = [[7, 9.5, [["keyword", "graph", 60, 0]]], [2, 8.0]]
    assert decode_list(bytes.fromhex(stored)) == ([7, 2] if stored == NUMBERS else whole)
    assert read_numbers(bytes.fromhex(stored)).tolist() == [7, 2]


def test_more_rows_than_one_byte_can_count_come_back() -> None:
    rows = [[number, "x"] for number in range(MAX_ROWS + 1)]
    assert decode_list(encode_list(rows)) == rows
    assert decode_list(encode_list(rows[1:])) == rows[1:]


def test_an_empty_list_takes_no_byte() -> None:
    assert encode_list([]) == b""
    assert decode_list(b"") == []


def test_picks_take_two_fifths_of_their_text() -> None:
    picks = [[100 + 37 * n, 9.25 - n / 4, [["keyword", f'"phrase {n % 3}"', 50 + n, 0]]] for n in range(10)]
    text = str(picks).replace(" ", "")
    assert len(encode_list(picks)) < 0.4 * len(text)


@pytest.mark.django_db
def test_letters_with_picks_are_found() -> None:
    edition = frozen_edition()
    first, second = crowd(2)
    planned(edition, [first], picks=[[0, 1.0, []]], notices=[3])
    planned(edition, [second], picks=[])
    stored = Delivery.objects.exclude(picks=[]).values_list(select_stored("picks"), flat=True).get()
    assert bytes(stored) == encode_list([[0, 1.0, []]])
    assert Delivery.objects.get(picks=[]).subscriber_id == second.id
    assert Delivery.objects.exclude(picks=[]).get().subscriber_id == first.id
    Delivery.objects.exclude(notices=[]).update(picks=[0], notices=[])
    assert not Delivery.objects.exclude(notices=[]).exists()
    assert Delivery.objects.exclude(picks=[]).get().picks == [0]
