"""Templates are rendered per piece and not per reader."""

from typing import Any

import pytest

from digest.letters import rendering
from tests.letters.sample_letters import order, renderer
from tests.people import ada, bao

ORDERS = (order(0, 1, 2), order(2, 3, detail="structured"), order(1, 2, 3, language="zh", notices=(0,)))


def times_rendered(readers: int, monkeypatch: pytest.MonkeyPatch) -> int:
    calls = 0
    whole = rendering.render_tidy

    def counted(*arguments: Any) -> str:
        nonlocal calls
        calls += 1
        return whole(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(rendering, "render_tidy", counted)
        assembled = renderer()
        for number in range(readers):
            person = (ada, ada, bao)[number % 3]._replace(id=number + 1, email=f"{number}@example.org")
            wanted = ORDERS[number % 3]._replace(delivery_id=number + 1)
            letter = assembled.letter(person, wanted)
            assert person.email in letter.html
    return calls


def test_three_hundred_readers_cost_no_more_templates_than_three(monkeypatch: pytest.MonkeyPatch) -> None:
    few = times_rendered(3, monkeypatch)
    assert few > 0
    assert times_rendered(300, monkeypatch) == few
