"""From one installation to another: the same people, who get and do not get the same letters."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions import selectors
from subscriptions.address_hashes import hash_address
from subscriptions.exporting import write_csv, write_jsonl
from subscriptions.importing.file_rows import COLUMNS
from subscriptions.importing.import_file import ImportReport, import_file
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import suppression
from tests.people import ada, bao, chidi, dana, subscribe
from tests.subscriptions.importing.exports import forget_everybody

pytestmark = pytest.mark.django_db

WRITERS: Mapping[str, Callable[..., int]] = {"csv": write_csv, "jsonl": write_jsonl}
MONDAY = date(2026, 1, 19)
NOT_MOVED = {
    "id",
    "epoch",
    "key",
    "created_at",
    "confirmed_at",
    "wishes",
    "new_email",
    "mailed_at",
    "asked_at",
    "reminded_at",
    "changed_at",
}
MOVED = [field.name for field in Subscriber._meta.concrete_fields if field.name not in NOT_MOVED]


def move(folder: Path, kind: str, **flags: bool) -> ImportReport:
    """Export everybody, forget them, and import them again."""
    path, report = folder / f"people.{kind}", ImportReport()
    with path.open("w", encoding="utf-8", newline="") as file:
        WRITERS[kind](file, **flags)
    forget_everybody()
    import_file(path, report, refused=print, tick=lambda done, total: None)
    assert report.refused == 0
    return report


def people() -> list[tuple[object, ...]]:
    return [tuple(getattr(row, name) for name in MOVED) for row in Subscriber.objects.order_by("email_key")]


def suppressions() -> list[tuple[object, ...]]:
    return list(Suppression.objects.order_by("address_hash").values_list("address_hash", "reason", "created_at"))


def letters() -> list[dict[str, str]]:
    """Return for each of two weeks' days who is due, and why some of them get nothing."""
    days = [MONDAY + timedelta(days=number) for number in range(14)]
    return [who_is_due(day) for day in days]


def who_is_due(day: date) -> dict[str, str]:
    readers = selectors.find_due_readers(day)
    exclusions = selectors.find_exclusions([reader.id for reader in readers], day)
    return {reader.email: f"{reader[2:10]} {exclusions.get(reader.id, 'a letter')}" for reader in readers}


moments = st.datetimes(datetime(2015, 1, 1), datetime(2026, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
changes = st.fixed_dictionaries(
    {
        "status": st.sampled_from(Subscriber.Status.values),
        "categories": st.sampled_from(["", "cs.LG", "hep-th cs.CL"]),
        "filters": st.sampled_from(["attention", '"diffusion model" -survey\nauthor:hinton', "-survey\ngraph"]),
        "timezone": st.sampled_from(["UTC", "Asia/Shanghai"]),
        "hour": st.integers(0, 23),
        "days": st.integers(1, 127),
        "papers": st.integers(1, 30),
        "minimum": st.integers(1, 10),
        "detail": st.sampled_from(Subscriber.Detail.values),
        "language": st.sampled_from(["en", "zh"]),
        "consent_at": moments,
        "unsubscribed_at": moments,
        "paused_until": st.none() | st.dates(MONDAY, MONDAY + timedelta(days=20)),
        "suppressed": st.sampled_from(["", "", "hard_bounce", "complaint", "blocked"]),
        "suppressed_at": moments,
    }
)


def make_person(number: int, values: dict[str, object]) -> None:
    reason, moment = str(values.pop("suppressed")), values.pop("suppressed_at")
    assert isinstance(moment, datetime)
    if values["status"] != "unsubscribed":
        values["unsubscribed_at"] = None
    if values["status"] == "pending":
        values["consent_at"] = None
    email = f"=P{number}@example.org"
    key = email.lower()
    if reason:
        Suppression.objects.create(address_hash=hash_address(key), reason=reason, created_at=moment)
    if number % 5:
        subscribe(ada, **{**values, "id": number + 1, "email": email, "email_key": key})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(changes, max_size=6), st.sampled_from(sorted(WRITERS)))
def test_moving_gives_the_same_people_and_letters(tmp_path: Path, made: list[dict[str, object]], kind: str) -> None:
    forget_everybody()
    subscribe(dana, id=100)
    for number, values in enumerate(made):
        make_person(number, {**values})
    before = (people(), suppressions(), letters())
    move(tmp_path, kind)
    assert (people(), suppressions(), letters()) == before


def test_a_lifted_suppression_brings_back_who_was_active(tmp_path: Path) -> None:
    subscribe(ada)
    subscribe(bao, status=Subscriber.Status.UNSUBSCRIBED)
    for person in (ada, bao):
        suppression.suppress(person.email, "hard_bounce")
    move(tmp_path, "csv")
    assert not any("a letter" in text for text in who_is_due(MONDAY).values())
    for person in (ada, bao):
        suppression.lift(person.email)
    assert list(who_is_due(MONDAY)) == [ada.email]


def test_an_address_that_is_nobodys_stays_suppressed(tmp_path: Path) -> None:
    suppression.suppress("stranger@example.org", "complaint")
    moment = Suppression.objects.get().created_at
    report = move(tmp_path, "jsonl")
    assert (report.suppressed, Subscriber.objects.count()) == (1, 0)
    assert suppressions() == [(hash_address("stranger@example.org"), "complaint", moment)]


def test_without_suppressions_nobody_of_them_is_in_the_file(tmp_path: Path) -> None:
    subscribe(ada)
    subscribe(bao)
    for address in (bao.email, "stranger@example.org"):
        suppression.suppress(address, "hard_bounce")
    assert move(tmp_path, "csv", suppressions=False).added == 1
    assert [row.email for row in Subscriber.objects.all()] == [ada.email]
    assert not Suppression.objects.exists()


def test_importing_the_same_export_again_changes_nothing(tmp_path: Path) -> None:
    subscribe(ada, paused_until=date(2027, 1, 1))
    subscribe(chidi, status=Subscriber.Status.UNSUBSCRIBED, unsubscribed_at=datetime(2025, 1, 1, tzinfo=UTC))
    subscribe(dana)
    suppression.suppress(dana.email, "hard_bounce")
    move(tmp_path, "csv")
    before, report = list(Subscriber.objects.values().order_by("id")), ImportReport()
    import_file(tmp_path / "people.csv", report, refused=print, tick=lambda done, total: None)
    assert (report.added, report.changed, report.same, report.suppressed) == (0, 0, 2, 1)
    assert list(Subscriber.objects.values().order_by("id")) == before


def test_the_export_has_every_column_in_both_forms() -> None:
    subscribe(ada)
    suppression.suppress(ada.email, "complaint")
    suppression.suppress("stranger@example.org", "complaint")
    csv_file, json_file = StringIO(), StringIO()
    assert write_csv(csv_file) == write_jsonl(json_file) == 2
    assert csv_file.getvalue().splitlines()[0] == ",".join(COLUMNS)
    assert [set(json.loads(line)) for line in json_file.getvalue().splitlines()] == [set(COLUMNS)] * 2
