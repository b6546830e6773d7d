"""Sending what was planned, over SMTP or through a provider, with the whole ledger."""

import multiprocessing
import time
from typing import Any

from tests.benchmarks import population
from tests.benchmarks.measuring import Watch, measured, peak_mb

# As deploy/compose.yaml has them: while one waits for the database another sends.
DRAINS = 3
# Seconds until all are ready.
PATIENCE = 600


def api(letters: int) -> dict[str, Any]:
    """Sends so many letters through a provider, whatever became of them before."""
    population.set_up()
    from django.conf import settings

    from digest.models import Delivery

    rows = Delivery.objects.filter(edition__day=population.DAY).exclude(picks=[]).order_by("id")
    chosen = list(rows.values_list("id", flat=True)[:letters])
    Delivery.objects.exclude(id__in=chosen).update(state="excluded", reason="not asked for")
    Delivery.objects.filter(id__in=chosen).update(state="pending", worker="", attempts=0, provider_id="")
    return {**send(), "connections": settings.API_CONNECTIONS}


def send() -> dict[str, Any]:
    """Several drains at once, as with so many workers. Each prepares the day's cards before the clock starts."""
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(DRAINS + 1), context.SimpleQueue()
    processes = [context.Process(target=_drain, args=(ready, answers)) for _ in range(DRAINS)]
    for process in processes:
        process.start()
    ready.wait(PATIENCE)
    began = time.perf_counter()
    found = [answers.get() for _ in processes]
    watch = Watch(time.perf_counter() - began, sum(each["cpu"] for each in found))
    for process in processes:
        process.join()
    letters = sum(each["accepted"] for each in found)
    sums = {name: round(sum(each[name] for each in found), 3) for name in ("failed", "uncertain", "peak_mb")}
    halted = "; ".join(filter(None, (each["halted"] for each in found)))
    prepare = round(max(each["prepare_seconds"] for each in found), 3)
    return {**watch.figures(letters), **sums, "halted": halted, "processes": DRAINS, "prepare_seconds": prepare}


def _drain(ready: Any, answers: Any) -> None:
    population.set_up()
    from digest.delivery.drain import drain
    from tests.benchmarks.assembling import Work

    preparing, watch = Watch(), Watch()
    with measured(preparing):
        work = Work.prepared()
    ready.wait(PATIENCE)
    with measured(watch):
        drained = drain(work.edition, work.renderer)
    told = {"accepted": drained.accepted, "failed": drained.failed, "uncertain": drained.uncertain}
    answers.put(
        {**told, "halted": drained.halted, "cpu": watch.cpu, "peak_mb": peak_mb(), "prepare_seconds": preparing.seconds}
    )
