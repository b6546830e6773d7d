"""Planning, and sending what was planned over SMTP with the whole ledger."""

from datetime import timedelta
from typing import Any

from tests.benchmarks import town
from tests.benchmarks.measuring import Watch, measured


def due() -> dict[str, Any]:
    """Finding who is due at a minute. Nobody has a row yet; the hour of about half of them has come."""
    town.set_up()
    from django.utils import timezone

    from digest.delivery import planning
    from digest.models import Edition
    from subscriptions import selectors

    edition, watch = Edition.objects.get(day=town.DAY), Watch()
    now = timezone.now() + timedelta(hours=12)
    with measured(watch):
        groups = planning.due_so_far(edition, now)
        found = after = 0
        while readers := selectors.due_readers(town.DAY, after_id=after, groups=groups):
            found, after = found + len(readers), readers[-1].id
    return {"readers": found, "seconds": round(watch.seconds, 4)}


def plan() -> dict[str, Any]:
    """A row for every reader, and afterwards the minute in which there is nobody left to find."""
    town.set_up()
    from django.utils import timezone

    from digest.delivery import planning
    from digest.models import Edition

    edition, watch, quiet = Edition.objects.get(day=town.DAY), Watch(), Watch()
    with measured(watch):
        planned = planning.plan_everyone(edition, timezone.now())
    with measured(quiet):
        planning.plan_everyone(edition, timezone.now())
    rows = planned.pending + planned.excluded.total()
    return {**watch.figures(rows), "pending": planned.pending, "again_seconds": round(quiet.seconds, 4)}


def send() -> dict[str, Any]:
    town.set_up()
    from digest.assembly.letters import Press
    from digest.assembly.publisher import Publisher
    from digest.delivery.sending import drain
    from digest.editions.contents import load
    from digest.models import Edition

    edition, watch = Edition.objects.get(day=town.DAY), Watch()
    with measured(watch):
        drained = drain(edition, Press(load(edition), Publisher.from_settings()))
    return {**watch.figures(drained.accepted), "failed": drained.failed, "halted": drained.halted}
