"""From one installation to another: the same people, who get and do not get the same letters."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from subscriptions import selectors
from subscriptions.address_hashes import hash_address
from subscriptions.exporting import write_csv, write_jsonl
from subscriptions.importing.file_rows import COLUMNS
from subscriptions.importing.import_file import ImportReport, import_file
from subscriptions.importing.layout import DecisionNeeded
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import deletion, suppression
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
    return {reader.email: f"{reader[2:10]} {reader[12:]} {exclusions.get(reader.id, 'a letter')}" for reader in readers}


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
        "popularity": st.sampled_from(["", *Subscriber.Popularity.values]),
        "switched_off": st.sampled_from(["", "likes", "dislikes filters new"]),
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


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
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


STRANGER = "stranger@example.org"
OTHER_KEY = "another key of another installation"


def export_with_strangers(folder: Path, kind: str) -> Path:
    """Export Ada, Bao who may not be written to, a blocked stranger, and Chidi who deleted everything."""
    subscribe(ada)
    subscribe(bao)
    deletion.delete_subscriber(subscribe(chidi))
    for address in (bao.email, STRANGER):
        suppression.suppress(address, "hard_bounce")
    path = folder / f"people.{kind}"
    with path.open("w", encoding="utf-8", newline="") as file:
        WRITERS[kind](file)
    assert not any(address in path.read_text() for address in (STRANGER, chidi.email))
    forget_everybody()
    return path


def import_old_list(folder: Path) -> ImportReport:
    """Import a list from before anybody was blocked or deleted."""
    path, report = folder / "old.csv", ImportReport()
    people = (ada.email, bao.email, STRANGER, chidi.email.upper(), dana.email)
    path.write_text("email,query\n" + "".join(f"{email},attention\n" for email in people))
    import_file(path, report, refused=print, tick=lambda done, total: None)
    return report


@pytest.mark.parametrize("kind", WRITERS)
def test_hashes_protect_the_same_people_with_the_same_key(tmp_path: Path, settings: Settings, kind: str) -> None:
    path, key = export_with_strangers(tmp_path, kind), settings.SUPPRESSION_KEY
    settings.SUPPRESSION_KEY = OTHER_KEY
    with pytest.raises(DecisionNeeded, match="Set it here to what it is there"):
        import_file(path, ImportReport(), refused=print, tick=lambda done, total: None)
    assert not Subscriber.objects.exists()
    assert not Suppression.objects.exists()
    settings.SUPPRESSION_KEY = key
    report = ImportReport()
    import_file(path, report, refused=print, tick=lambda done, total: None)
    assert (report.added, report.suppressed, report.deleted, report.refused) == (1, 2, 1, 0)
    report = import_old_list(tmp_path)
    assert (report.added, report.suppressed, report.deleted, report.refused) == (1, 2, 1, 0)
    due = who_is_due(MONDAY)
    assert {email: text.rpartition(" ")[2] for email, text in due.items()} == {
        ada.email: "letter",
        bao.email: "suppressed",
        dana.email: "letter",
    }


def test_a_file_without_hashes_needs_no_key(tmp_path: Path, settings: Settings) -> None:
    subscribe(ada)
    subscribe(bao)
    suppression.suppress(bao.email, "complaint")
    path, report = tmp_path / "people.csv", ImportReport()
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file)
    forget_everybody()
    settings.SUPPRESSION_KEY = OTHER_KEY
    import_file(path, report, refused=print, tick=lambda done, total: None)
    assert (report.added, report.suppressed) == (1, 1)
    assert suppression.is_suppressed(bao.email)


def test_an_old_list_revives_nobody_who_deleted_their_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deletion.delete_subscriber(subscribe(chidi))
    assert import_old_list(tmp_path).deleted == 1
    assert not Subscriber.objects.filter(email__iexact=chidi.email).exists()
    call_command("import_subscribers", str(tmp_path / "old.csv"), "--dry-run")
    assert "1 deleted their data before, here or where the file is from, and was left alone" in capsys.readouterr().out
