"""Every step of a delivery, and who may take it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from digest.delivery import outbox
from digest.delivery.lease import LEASE_DURATION
from digest.delivery.outbox import State
from digest.delivery.workers import identity
from digest.delivery.workers.recovery import recover_deliveries
from digest.models import Delivery, Edition
from tests.delivery.outbox_rows import DAY, NOW, crowd, frozen_edition, planned, states

pytestmark = pytest.mark.django_db
LATER = NOW + LEASE_DURATION + timedelta(seconds=1)


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def claimed(edition: Edition, count: int = 1, worker: str = "me") -> list[int]:
    planned(edition, crowd(count))
    return [row.id for row in outbox.claim(edition.id, worker, count, NOW)]


def submitting(edition: Edition, count: int = 1, worker: str = "me") -> list[int]:
    ids = claimed(edition, count, worker)
    outbox.submit(ids, worker, NOW, DAY)
    return ids


def row(key: int) -> Delivery:
    return Delivery.objects.get(id=key)


def test_two_workers_never_claim_the_same_letter(edition: Edition) -> None:
    planned(edition, crowd(5))
    mine = {row.id for row in outbox.claim(edition.id, "me", 3, NOW)}
    yours = {row.id for row in outbox.claim(edition.id, "you", 3, NOW)}
    assert (len(mine), len(yours), mine & yours) == (3, 2, set())


def test_the_first_planned_is_claimed_first(edition: Edition) -> None:
    rows = planned(edition, crowd(4))
    assert [row.id for row in outbox.claim(edition.id, "me", 2, NOW)] == [rows[0].id, rows[1].id]


def test_a_letter_put_off_is_not_ready_before_its_time(edition: Edition) -> None:
    planned(edition, crowd(1), not_before=NOW + timedelta(minutes=5))
    assert outbox.claim(edition.id, "me", 9, NOW) == []
    assert len(outbox.claim(edition.id, "me", 9, NOW + timedelta(minutes=5))) == 1


def test_another_edition_s_letters_are_left_alone(edition: Edition) -> None:
    planned(edition, crowd(1))
    assert outbox.claim(edition.id + 1, "me", 9, NOW) == []


def test_only_the_holder_may_submit(edition: Edition) -> None:
    (key,) = claimed(edition)
    assert outbox.submit([key], "you", NOW, DAY) == set()
    assert outbox.submit([key], "me", NOW, DAY) == {key}
    assert row(key).state == State.SUBMITTING


def test_a_worker_that_lost_some_letters_may_submit_the_rest(edition: Edition) -> None:
    first, second = claimed(edition, 2)
    Delivery.objects.filter(id=first).update(worker="you")
    assert outbox.submit([first, second], "me", NOW, DAY) == {second}


def test_an_accepted_letter_knows_the_provider_s_number(edition: Edition) -> None:
    first, second = submitting(edition, 2)
    outbox.mark_accepted({first: "a", second: "b"}, "me", NOW)
    assert [(row(key).state, row(key).provider_id, row(key).attempts) for key in (first, second)] == [
        ("accepted", "a", 1),
        ("accepted", "b", 1),
    ]
    assert row(first).finished_at == NOW


@pytest.mark.parametrize("worker", ["you", ""])
def test_nobody_else_may_write_an_outcome(edition: Edition, worker: str) -> None:
    (key,) = submitting(edition)
    outbox.mark_accepted({key: "x"}, worker, NOW)
    outbox.mark_failed(key, worker, "x", NOW)
    outbox.mark_uncertain(key, worker, "x", NOW)
    outbox.defer(key, worker, "x", NOW)
    outbox.put_back([key], worker)
    outbox.mark_excluded({key: "paused"}, worker, NOW)
    assert row(key).state == State.SUBMITTING


def test_a_final_letter_stays_as_it_is(edition: Edition) -> None:
    (key,) = submitting(edition)
    outbox.mark_accepted({key: "x"}, "me", NOW)
    outbox.mark_failed(key, "me", "late", LATER)
    outbox.mark_uncertain(key, "me", "late", LATER)
    outbox.defer(key, "me", "late", LATER)
    outbox.release_claimed(edition.id, "me")
    recover_deliveries(edition.id, LATER, idempotent=True)
    assert (row(key).state, row(key).reason) == ("accepted", "")


def test_an_accepted_letter_names_no_worker(edition: Edition) -> None:
    (key,) = submitting(edition)
    outbox.mark_accepted({key: "x"}, "me", NOW)
    assert (row(key).worker, row(key).provider_id) == ("", "x")


def test_a_deferred_letter_waits_and_counts_the_attempt(edition: Edition) -> None:
    (key,) = submitting(edition)
    outbox.defer(key, "me", "450 later", LATER)
    found = row(key)
    assert (found.state, found.not_before, found.attempts, found.worker) == ("pending", LATER, 1, "")


def test_a_letter_put_back_waits_as_if_untouched(edition: Edition) -> None:
    (key,) = submitting(edition)
    outbox.put_back([key], "me")
    assert (row(key).state, row(key).attempts, row(key).not_before) == ("pending", 0, None)


def test_reasons_to_exclude_are_kept_apart(edition: Edition) -> None:
    first, second, third = claimed(edition, 3)
    outbox.mark_excluded({first: "paused", second: "unsubscribed"}, "me", NOW)
    assert [row(key).reason for key in (first, second, third)] == ["paused", "unsubscribed", ""]
    assert states(edition) == {"excluded": 2, "claimed": 1}


def test_releasing_gives_back_only_what_was_not_begun(edition: Edition) -> None:
    begun, _ = claimed(edition, 2)
    outbox.submit([begun], "me", NOW, DAY)
    outbox.release_claimed(edition.id, "me")
    assert states(edition) == {"submitting": 1, "pending": 1}


def test_a_lease_that_runs_out_gives_a_claimed_letter_back(edition: Edition) -> None:
    claimed(edition, worker="elsewhere:1:1:a")
    recover_deliveries(edition.id, NOW + LEASE_DURATION / 2, idempotent=False)
    assert states(edition) == {"claimed": 1}
    recover_deliveries(edition.id, LATER, idempotent=False)
    assert states(edition) == {"pending": 1}


def test_a_letter_on_its_way_when_the_lease_ran_out_is_uncertain(edition: Edition) -> None:
    (key,) = submitting(edition)
    recover_deliveries(edition.id, LATER, idempotent=False)
    assert row(key).state == State.UNCERTAIN
    assert "interrupted" in row(key).reason


def test_where_repeating_is_harmless_it_is_sent_again(edition: Edition) -> None:
    submitting(edition)
    recover_deliveries(edition.id, LATER, idempotent=True)
    assert states(edition) == {"pending": 1}


def test_the_operator_may_have_uncertain_letters_sent_again(edition: Edition, settings: Settings) -> None:
    settings.UNCERTAIN_LETTERS = "retry"
    (key,) = submitting(edition)
    outbox.mark_uncertain(key, "me", "no answer", NOW)
    recover_deliveries(edition.id, NOW, idempotent=False)
    assert states(edition) == {"pending": 1}
    Delivery.objects.filter(id=key).update(state="uncertain", attempts=5)
    recover_deliveries(edition.id, NOW, idempotent=False)
    assert states(edition) == {"uncertain": 1}, "not for ever"


def test_a_late_answer_settles_an_uncertain_letter(edition: Edition) -> None:
    (key,) = submitting(edition)
    recover_deliveries(edition.id, LATER, idempotent=False)
    outbox.mark_accepted({key: "x"}, "me", LATER)
    assert row(key).state == State.ACCEPTED


def test_a_late_answer_does_not_change_another_workers_letter(edition: Edition) -> None:
    (key,) = submitting(edition)
    recover_deliveries(edition.id, LATER, idempotent=True)
    outbox.claim(edition.id, "you", 1, LATER)
    outbox.mark_accepted({key: "x"}, "me", LATER)
    assert (row(key).state, row(key).worker) == ("claimed", "you")


def test_what_a_dead_worker_of_this_machine_held_is_free_at_once(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed(edition, worker="dead")
    planned(edition, crowd(1, first=7))
    outbox.claim(edition.id, "alive", 1, NOW)
    monkeypatch.setattr(identity, "is_gone", lambda worker: worker == "dead")
    recover_deliveries(edition.id, NOW, idempotent=False)
    assert sorted(Delivery.objects.values_list("state", "worker")) == [("claimed", "alive"), ("pending", "")]


def test_postgresql_never_begins_a_submission_at_all_readers(edition: Edition) -> None:
    """What it believes of these tables is that they are empty."""
    if connection.vendor != "postgresql":
        return
    ids = claimed(edition, 3)
    with CaptureQueriesContext(connection) as captured:
        assert outbox.submit(ids, "me", NOW, DAY) == set(ids)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + captured.captured_queries[0]["sql"])
        steps = "\n".join(row[0] for row in cursor.fetchall())
    assert "(subscriber_id = (SubPlan 1))" in steps, "asked for each of these letters"
    assert "subscriptions_subscriber" not in steps.partition("SubPlan 1\n")[0]
