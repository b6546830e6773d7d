"""A letter keeps its Message-ID for ever, and the Message-ID names its delivery."""

from datetime import UTC, datetime, timedelta, timezone

from digest.letters.message_id import make_message_id, parse_delivery_id

PLANNED = datetime(2026, 1, 23, 8, 0, tzinfo=UTC)


def test_a_delivery_has_one_message_id_for_ever() -> None:
    first = make_message_id(7, PLANNED)
    assert first == make_message_id(7, PLANNED.astimezone(timezone(timedelta(hours=8))))
    assert first.startswith("<")
    assert first.endswith("@post.example>")


def test_message_ids_differ_by_delivery_and_by_database() -> None:
    later = PLANNED + timedelta(microseconds=1)
    assert len({make_message_id(n, when) for n in range(100) for when in (PLANNED, later)}) == 200


def test_a_message_id_tells_its_delivery() -> None:
    ours = make_message_id(17, PLANNED)
    assert parse_delivery_id(ours) == parse_delivery_id(ours.strip("<>")) == 17
    assert parse_delivery_id("<0.00000000000000000000000000000000@post.example>") is None
    assert parse_delivery_id(f"<{'9' * 30}.{'0' * 32}@post.example>") is None
    assert parse_delivery_id("<one@post.example>") is None
