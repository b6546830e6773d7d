"""Lists in compact columns come back as they were stored, and those that are not empty are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import Delivery
from digest.models.compact_json import decode_list, encode_list
from tests.delivery.outbox_rows import crowd, frozen_edition, planned

values = st.recursive(
    st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()), st.lists, max_leaves=20
)


@given(st.lists(values))
def test_lists_come_back_as_they_were_stored(values: list[object]) -> None:
    assert decode_list(encode_list(values)) == values


def test_stored_values_are_read_for_years() -> None:
    """These bytes stand in tables: who changes the format gives it another number."""
    stored = bytes.fromhex("018b8e36d7b1d43305329054a61725166428e9981940b518e958e8015900")
    assert decode_list(stored) == [[7, 9.5, [["keyword", "graph", 60, 0]]], [2, 8.0]]


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
    assert Delivery.objects.get(picks=[]).subscriber_id == second.id
    assert Delivery.objects.exclude(picks=[]).get().subscriber_id == first.id
    Delivery.objects.exclude(notices=[]).update(picks=[0], notices=[])
    assert not Delivery.objects.exclude(notices=[]).exists()
    assert Delivery.objects.exclude(picks=[]).get().picks == [0]
