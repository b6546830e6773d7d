"""Lists of who was shown what: they tell what the letters tell, and follow when letters change after all."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.sql import compiler
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery import operations, outbox, overdue
from digest.delivery.workers import recovery
from digest.editions.build import build_edition
from digest.editions.load import load_contents
from digest.models import Delivery, Edition, ShownPaper, Version
from digest.picking import planner, shown_papers
from digest.picking.deadlines import TOO_LATE
from digest.picking.sent_history import NO_HISTORY, ReaderHistory, Repeats, find_repeats, load_histories
from digest.ranking.matching.day_index import DayIndex
from subscriptions.models import Subscriber
from subscriptions.reader import Reader
from subscriptions.services.deletion import delete_subscriber
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, bao, subscribe
from tests.test_compact_json import DEFLATED

pytestmark = pytest.mark.django_db

LATER = timezone.now() + timedelta(days=3)
DAY = timedelta(days=1)


def letter(edition: Edition, person: Reader, *ranks: int, state: str = "accepted") -> Delivery:
    subscribe(person)
    return deliver(edition, person, *ranks, state=state)


def list_shown() -> set[tuple[int, int, int, bool]]:
    """Return edition, rank and reader of whatever lists tell, and whether it was a notice."""
    lists = ShownPaper.objects.values_list("entry__edition", "entry__rank", "block", "shown_to", "told_to")
    return {
        (edition, rank, (block << 16) + int.from_bytes(readers[place : place + 2], "little"), is_notice)
        for edition, rank, block, *both in lists
        for is_notice, readers in zip((False, True), map(bytes, both), strict=True)
        for place in range(0, len(readers), 2)
    }


@pytest.fixture
def edition() -> Edition:
    """Three papers of Thursday."""
    for title in ("One", "Two", "Three"):
        announce(title, day=FRIDAY - DAY)
    return build_edition(FRIDAY - DAY)


def test_lists_name_the_readers_of_each_paper(edition: Edition) -> None:
    letter(edition, ada._replace(id=1, email="1@example.org"), 0, 2)
    letter(edition, ada._replace(id=70_000, email="2@example.org"), 2)
    told = letter(edition, ada._replace(id=70_001, email="3@example.org"), 2)
    Delivery.objects.filter(id=told.id).update(notices=[1])
    assert shown_papers.pack_due(LATER) == 1
    shown = [(0, 1, False), (2, 1, False), (2, 70_000, False), (2, 70_001, False), (1, 70_001, True)]
    assert list_shown() == {(edition.id, *each) for each in shown}
    assert shown_papers.pack_due(LATER) == 0


def test_letters_are_listed_whose_rows_are_older_than_the_way_in_which_ranks_are_stored(edition: Edition) -> None:
    row = letter(edition, ada, 0)
    Delivery.objects.filter(id=row.id).update(picks=bytes.fromhex(DEFLATED))
    assert shown_papers.pack_due(LATER) == 1
    assert list_shown() == {(edition.id, 2, ada.id, False)}


def test_letters_that_can_still_leave_are_not_listed(edition: Edition) -> None:
    letter(edition, ada, 0)
    assert shown_papers.pack_due(timezone.now() + DAY) == 0
    waiting = letter(edition, bao, 0, state="pending")
    assert shown_papers.pack_due(LATER) == 0
    waiting.delete()
    assert shown_papers.pack_due(LATER) == 1


def fail_uncertain(edition: Edition, row: Delivery) -> None:
    operations._settle(edition, [row.id], taken=False, now=LATER)


def answer_late(edition: Edition, row: Delivery) -> None:
    outbox.mark_failed(row.id, row.worker, "550 no", LATER)


def retry_uncertain(edition: Edition, row: Delivery) -> None:
    operations.retry_letters(edition, "uncertain", LATER, really=True)


def recover(edition: Edition, row: Delivery) -> None:
    recovery.recover_deliveries(edition.id, LATER, idempotent=False)


@pytest.mark.parametrize("change", [fail_uncertain, answer_late, retry_uncertain, recover])
def test_what_an_uncertain_letter_showed_follows_its_state(
    edition: Edition, change: Callable[[Edition, Delivery], None], settings: Any
) -> None:
    settings.UNCERTAIN_LETTERS = "retry"
    row = letter(edition, ada, 0, state="uncertain")
    assert shown_papers.pack_due(LATER) == 1
    change(edition, row)
    assert not Edition.objects.get(id=edition.id).is_packed
    Delivery.objects.exclude(state="failed").update(state="accepted")
    assert shown_papers.pack_due(LATER) == 1
    assert bool(list_shown()) == (Delivery.objects.get().state == "accepted")


@pytest.mark.parametrize("state", ["failed", "excluded"])
def test_a_letter_that_goes_out_after_all_is_listed(edition: Edition, state: str) -> None:
    row = letter(edition, ada, 0, state=state)
    Delivery.objects.filter(id=row.id).update(reason=TOO_LATE if state == "excluded" else "")
    assert shown_papers.pack_due(LATER) == 1
    assert not list_shown()
    overdue.renew_deadlines(edition, LATER)
    operations.retry_letters(edition, "failed", LATER, really=True, also_hopeless=True)
    assert outbox.claim(edition.id, "worker", 10, LATER)
    outbox.submit([row.id], "worker", LATER, edition.day)
    outbox.mark_accepted({row.id: ""}, "worker", LATER)
    assert shown_papers.pack_due(LATER) == 1
    assert list_shown() == {(edition.id, 0, ada.id, False)}


def test_a_late_plan_of_a_past_edition_is_listed(edition: Edition) -> None:
    assert shown_papers.pack_due(LATER) == 1
    subscribe(ada)
    planner.plan_everyone(edition, LATER)
    assert shown_papers.pack_due(LATER) == 0, "the letter waits"
    Delivery.objects.update(state="accepted")
    assert shown_papers.pack_due(LATER) == 1
    assert {reader for _edition, _rank, reader, _is_notice in list_shown()} == {ada.id}


def test_who_deletes_their_data_is_on_no_list(edition: Edition) -> None:
    for person in (ada, bao):
        letter(edition, person, 0, 1)
    Delivery.objects.update(notices=[2])
    shown_papers.pack_due(LATER)
    delete_subscriber(Subscriber.objects.get(id=ada.id))
    assert {reader for _edition, _rank, reader, _is_notice in list_shown()} == {bao.id}
    Edition.objects.update(is_packed=False)
    before = list_shown()
    shown_papers.pack_due(LATER)
    assert list_shown() == before


def test_the_lists_of_an_edition_are_made_whole_or_not_at_all(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter(edition, ada, 0)

    def kill(*_rows: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shown_papers, "insert_rows", kill)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            shown_papers.pack_due(LATER)
    assert not list_shown()
    assert shown_papers.pack_due(LATER) == 1


class CountedRows:
    """How many rows the database handed over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows, plain = 0, compiler.cursor_iter

        def count(*arguments: Any) -> Iterator[Sequence[Any]]:
            for page in plain(*arguments):
                self.rows += len(page)
                yield page

        monkeypatch.setattr(compiler, "cursor_iter", count)


def plan_after(days: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Return the numbers of queries and of rows that planning takes after so many days, with two of open lists."""
    readers = [ada._replace(id=number, email=f"{number}@example.org") for number in range(1, 31)]
    for reader in readers:
        subscribe(reader)
    crossed = [announce(f"{number}", day=FRIDAY - days * DAY) for number in range(3)]
    for ago in range(days, 0, -1):
        announce("Of the day", day=FRIDAY - ago * DAY)
        earlier = build_edition(FRIDAY - ago * DAY)
        for reader in readers:
            deliver(earlier, reader, 0)
        if ago > 2:
            shown_papers.pack_due(LATER)
    for version in crossed:
        announce_again(version, "stat.ML")
    edition = build_edition(FRIDAY)
    counted = CountedRows(monkeypatch)
    with CaptureQueriesContext(connection) as queries:
        assert planner.plan_everyone(edition, timezone.now()).pending == len(readers)
    return len(queries), counted.rows


def test_planning_reads_no_row_for_a_day_of_history(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for days in (4, 20):
        with transaction.atomic(), monkeypatch.context() as patch:
            found.append(plan_after(days, patch))
            transaction.set_rollback(True)
    (queries, rows), (queries_later, rows_later) = found
    assert (queries_later, rows_later) == (queries, rows)


letters = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([1, 2, 70_000]),
        st.sets(st.integers(0, 2), min_size=1),
        st.sets(st.integers(0, 2)),
        st.sampled_from(["accepted", "accepted", "uncertain", "failed", "excluded"]),
    ),
    unique_by=lambda each: each[:2],
    max_size=9,
)


def load_known(matched: Sequence[tuple[int, int]], repeats: Repeats) -> dict[int, ReaderHistory]:
    """Return the histories in which there is something."""
    histories = load_histories(matched, repeats)
    return {reader: history for reader, history in histories.items() if history != NO_HISTORY}


@given(letters=letters, kinds=st.lists(st.sampled_from(["cross", "replace", "withdrawn"]), min_size=3, max_size=3))
def test_lists_tell_what_letters_tell(letters: list[Any], kinds: list[str]) -> None:
    with transaction.atomic():
        readers = [1, 2, 70_000]
        for number in readers:
            subscribe(ada._replace(id=number, email=f"{number}@example.org"))
        days = [FRIDAY - ago * DAY for ago in (1, 50, 150)]
        versions = [announce(title, day=days[0]) for title in ("One", "Two", "Three")]
        for day in days[1:]:
            for version in versions:
                announce_again(version, "cs.LG", day=day)
        editions = [build_edition(day) for day in days]
        for place, reader, ranks, notices, state in letters:
            row = deliver(editions[place], ada._replace(id=reader), *sorted(ranks), state=state)
            Delivery.objects.filter(id=row.id).update(notices=sorted(notices - ranks))
        for version, kind in zip(versions, kinds, strict=True):
            new = version
            if kind == "replace":
                new = Version.objects.create(paper=version.paper, number=2, title=version.title, categories=["cs.LG"])
            Version.objects.filter(id=version.id).update(withdrawn=kind == "withdrawn")
            announce_again(new, "stat.ML", kind="cross" if kind == "cross" else "replace")
        edition = build_edition(FRIDAY)
        index = DayIndex(load_contents(edition).papers)
        matched = [(reader, 0b111) for reader in readers]
        by_letters = load_known(matched, find_repeats(edition, index))
        shown_papers.pack_due(LATER)
        assert not Edition.objects.filter(is_packed=False).exists()
        repeats = find_repeats(edition, index)
        assert load_known(matched, repeats) == by_letters
        assert load_known(matched[2:], repeats).items() <= by_letters.items(), "the lists of a block are kept"
        transaction.set_rollback(True)
