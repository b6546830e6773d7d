"""When papers came out: the day of a listing that first announced them as new."""

from datetime import date

from django.db.models import Min, Q, QuerySet

from digest.domain import ANNOUNCED_AS_NEW
from digest.models import Version


def load_first_days(versions: QuerySet[Version]) -> dict[int, date]:
    """Return by version id the day on which its paper was first announced as new. One query.

    A paper that no listing announced so came out when it was submitted, else when we first heard of it.
    """
    announced = "paper__versions__announcements__day"
    is_new = Q(paper__versions__announcements__kind__in=ANNOUNCED_AS_NEW)
    rows = versions.order_by().annotate(new_on=Min(announced, filter=is_new), told_on=Min(announced))
    return {
        pk: new_on or (published and published.date()) or told_on or created_at.date()
        for pk, new_on, published, told_on, created_at in rows.values_list(
            "pk", "new_on", "published", "told_on", "created_at"
        )
    }
