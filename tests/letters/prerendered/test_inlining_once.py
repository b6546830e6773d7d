"""CSS is inlined per piece and not per reader."""

from typing import Any

import premailer
import pytest

from tests.letters.sample_letters import order, renderer
from tests.people import ada, bao

ORDERS = (order(0, 1, 2), order(2, 3, detail="structured"), order(1, 2, 3, language="zh", notices=(0,)))


def times_inlined(readers: int, monkeypatch: pytest.MonkeyPatch) -> int:
    calls = 0
    whole = premailer.Premailer.transform

    def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return whole(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(premailer.Premailer, "transform", counted)
        assembled = renderer()
        for number in range(readers):
            person = (ada, ada, bao)[number % 3]._replace(id=number + 1, email=f"{number}@example.org")
            wanted = ORDERS[number % 3]._replace(delivery_id=number + 1, matched=3 + number)
            letter = assembled.letter(person, wanted)
            assert person.email in letter.html
    return calls


def test_three_hundred_readers_cost_no_more_inlining_than_three(monkeypatch: pytest.MonkeyPatch) -> None:
    few = times_inlined(3, monkeypatch)
    assert few > 0
    assert times_inlined(300, monkeypatch) == few
