"""Workers leave signs, by which the operator's page tells whether anybody takes the tasks of a queue."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from celery.signals import task_prerun
from django.db import OperationalError

from deploy import celery, worker_signs
from deploy.worker_signs import FORGOTTEN_AFTER, find_workers, leave_sign
from digest import tasks
from digest.models import SignOfLife

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 23, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def begin_task(hostname: str | None = "celery@one", **delivery: object) -> list[object]:
    """Let a task begin. Return what each receiver of the signal answers: Celery passes on no error, but returns it."""
    request = SimpleNamespace(delivery_info={"routing_key": "letters", **delivery}, hostname=hostname)
    task = SimpleNamespace(request=request)
    answers = task_prerun.send(sender=celery.app, task=task, task_id="1", args=(), kwargs={})
    return [answer for _receiver, answer in answers]


def test_a_task_that_begins_leaves_a_sign_of_its_queue_and_worker() -> None:
    begin_task()
    [sign] = find_workers("letters")
    assert (sign.name, sign.next_by) == ("worker letters celery@one", None)
    assert list(find_workers("errands")) == []


def test_a_task_without_a_worker_leaves_none() -> None:
    begin_task(is_eager=True)
    begin_task(hostname=None)
    tasks.run_errands.apply()
    assert not SignOfLife.objects.filter(name__startswith="worker").exists()


def test_a_busy_worker_writes_once_a_minute() -> None:
    for seconds in (0, 20, 59, 60):
        leave_sign("letters", "celery@one", NOW + timedelta(seconds=seconds))
    assert [sign.at for sign in find_workers("letters")] == [NOW + MINUTE]


def test_workers_of_last_week_are_forgotten() -> None:
    """Containers have another name with each start."""
    leave_sign("letters", "celery@0123456789ab", NOW)
    leave_sign("letters", "celery@ba9876543210", NOW + FORGOTTEN_AFTER + MINUTE)
    assert [sign.name for sign in find_workers("letters")] == ["worker letters celery@ba9876543210"]


def test_a_clock_that_was_ahead_hides_no_sign() -> None:
    leave_sign("letters", "celery@one", NOW + timedelta(days=400))
    leave_sign("letters", "celery@one", NOW)
    assert [sign.at for sign in find_workers("letters")] == [NOW]


def test_a_long_name_is_cut() -> None:
    leave_sign("letters", f"celery@{'x' * 80}", NOW)
    [sign] = find_workers("letters")
    assert len(sign.name) == 40


def test_a_database_that_is_away_is_no_error_of_the_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    def be_away(*_given: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(worker_signs, "leave_sign", be_away)
    assert set(begin_task()) == {None}
