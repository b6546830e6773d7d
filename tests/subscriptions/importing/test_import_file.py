import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from subscriptions.address_hashes import hash_address
from subscriptions.exporting import collect_own_data, write_csv, write_jsonl
from subscriptions.importing import import_file as importing
from subscriptions.importing.file_rows import COLUMNS, RefusedRow, UnreadableFile
from subscriptions.importing.import_file import MAX_NOTES, ImportReport, import_file
from subscriptions.models import FormerInterests, Subscriber, Suppression
from subscriptions.preference_defaults import Preferences
from subscriptions.services import preferences, suppression
from tests.people import ada, bao, chidi, dana, subscribe

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status


def import_and_report(
    path: Path, *, dry_run: bool = False, overwrite: bool = False
) -> tuple[ImportReport, list[RefusedRow]]:
    """Import the file and return its report and the refused rows, after a check that no row is lost."""
    report, refused = ImportReport(), list[RefusedRow]()
    flags = {"dry_run": dry_run, "overwrite": overwrite}
    import_file(path, report, refused=refused.append, tick=lambda done, total: None, now=NOW, **flags)
    counted = (report.added, report.changed, report.same, report.kept, report.left_alone, report.suppressed)
    assert report.rows == sum(counted) + report.repeated + report.refused
    assert len(refused) == report.refused
    return report, refused


def csv_file(folder: Path, *lines: str, header: str = "email,query,categories", encoding: str = "utf-8") -> Path:
    path = folder / "people.csv"
    path.write_bytes("\n".join((header, *lines, "")).encode(encoding))
    return path


def json_file(folder: Path, values: Iterable[object]) -> Path:
    path = folder / "people.jsonl"
    path.write_text("\n".join(json.dumps(value) for value in values), encoding="utf-8")
    return path


def test_a_row_with_everything(tmp_path: Path) -> None:
    header = "email,query,categories,language,timezone,hour,days,papers,detail,popularity,switched_off,consent_at"
    row = 'Bao@example.cn,"""diffusion model"" -survey",cs.LG math.IT,zh-CN,Asia/Shanghai,7,1-5,5,abstract,much,'
    row += "new likes,2025-06-01"
    report, _refused = import_and_report(csv_file(tmp_path, row, header=header))
    assert (report.added, report.attested) == (1, 0)
    found = Subscriber.objects.get()
    assert (found.email, found.email_key, found.status) == ("Bao@example.cn", "bao@example.cn", Status.ACTIVE)
    assert (found.filters, found.categories) == ('"diffusion model" -survey', "cs.LG cs.IT")
    assert (found.language, found.timezone, found.hour, found.days) == ("zh", "Asia/Shanghai", 7, 0b0011111)
    assert (found.papers, found.detail, found.popularity, found.switched_off) == (5, "abstract", "much", "likes new")
    assert found.consent_at == datetime(2025, 6, 1, tzinfo=UTC)


def test_interests_from_before_an_import_are_kept_for_letters(tmp_path: Path) -> None:
    subscribe(ada)
    subscribe(chidi)
    import_and_report(csv_file(tmp_path, f"{ada.email},quantum,", f"{chidi.email},,hep-th", "new@example.org,x,"))
    former = FormerInterests.objects.order_by("subscriber").values_list("subscriber", "categories", "filters")
    assert list(former) == [(ada.id, "cs.LG stat.ML", ""), (chidi.id, "", '"diffusion model" -survey')]
    import_and_report(csv_file(tmp_path, f"{ada.email},quantum,"))
    assert FormerInterests.objects.count() == 2


def test_the_same_from_json_lines(tmp_path: Path) -> None:
    person = {"email": "a@example.org", "query": ["attention", "-survey"], "hour": 7, "days": [1, 2], "unknown": None}
    report, _refused = import_and_report(
        json_file(tmp_path, [person, {"email": "b@example.org", "categories": ["hep-th"]}])
    )
    assert report.added == 2
    first, second = Subscriber.objects.order_by("id")
    assert (first.filters, first.hour, first.days) == ("attention\n-survey", 7, 3)
    assert second.categories == "hep-th"


def test_a_missing_consent_is_vouched_for_as_of_now(tmp_path: Path) -> None:
    report, _refused = import_and_report(csv_file(tmp_path, "a@example.org,attention,"))
    assert report.attested == 1
    assert Subscriber.objects.get().consent_at == NOW


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_files_of_spreadsheets_are_read(tmp_path: Path, delimiter: str, encoding: str) -> None:
    header = delimiter.join(("Email", "Query", "Categories"))
    rows = (delimiter.join(("a@example.org", "注意力", "cs.LG")), delimiter.join(("b@example.org", "", "hep-th")))
    report, refused = import_and_report(csv_file(tmp_path, *rows, header=header, encoding=encoding))
    assert (report.added, refused) == (2, [])
    assert Subscriber.objects.get(email_key="a@example.org").filters


def test_several_filters_stand_in_one_cell(tmp_path: Path) -> None:
    import_and_report(csv_file(tmp_path, '"a@example.org","one\ntwo || three",'))
    assert Subscriber.objects.get().filters == "one\ntwo\nthree"


def test_bad_rows_are_named_with_line_and_reason_and_stop_nobody(tmp_path: Path) -> None:
    lines = (
        "good@example.org,attention,",
        "nonsense,attention,",
        "a@example.org,,",
        "b@example.org,,cs.LX",
        'c@example.org,"""open",',
        "d@example.org,x,cs.LG,too,many",
        "",
        "e@example.org,-survey,",
        "last@example.org,,cs.LG",
    )
    report, refused = import_and_report(csv_file(tmp_path, *lines))
    assert report.added == 2
    assert [row.line for row in refused] == [3, 4, 5, 6, 7, 9]
    assert "does not look like an e-mail address" in refused[0].reason
    assert "at least one category" in refused[1].reason
    assert "cs.LX" in refused[2].reason
    assert "no partner" in refused[3].reason
    assert "5 cells" in refused[4].reason
    assert "only leave papers out" in refused[5].reason


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    report, refused = import_and_report(csv_file(tmp_path, '"a@example.org","one\ntwo",', "bad,x,"))
    assert report.added == 1
    assert [row.line for row in refused] == [4]


@pytest.mark.parametrize(
    "value",
    [
        [],
        "text",
        7,
        {"email": 7, "query": "x"},
        {"email": "a@example.org"},
        {"email": "a@example.org", "query": {"a": 1}},
        {"email": "a@example.org", "query": [1]},
        {"email": "a@example.org", "query": "x", "hour": True},
        {"email": "a@example.org", "query": "x", "hour": 8.5},
        {"email": "a@example.org", "query": "x", "days": 8},
        {"email": "a@example.org", "query": "x", "days": [[1]]},
        {"email": "a@example.org", "query": "x", "consent_at": "0001-01-01"},
        {"email": "a@example.org", "query": "x", "consent_at": "9999-12-31T23:59:59-12:00"},
        {"email": "a@example.org", "query": "x", "consent_at": 20250101},
        {"email": "a@example.org", "query": "x", "status": "boss"},
        {"email": "a@example.org", "query": "x\u0000y"},
        {"email": "a@example.org", "query": ["\ud800"]},
    ],
)
def test_strange_values_are_refused_one_by_one(tmp_path: Path, value: object) -> None:
    report, refused = import_and_report(json_file(tmp_path, [{"email": "good@example.org", "query": "x"}, value]))
    assert (report.added, report.refused) == (1, 1)
    assert refused[0].line == 2
    assert Subscriber.objects.get().email == "good@example.org"


def test_hostile_lines_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    lines = (
        b"email,query",
        b"a@example.org,nul\x00byte",
        b"b@example.org,\xff\xfe",
        b"c@example.org," + b"x" * 400_000,
        b"[" * 100_000,
        b"good@example.org,attention",
    )
    path.write_bytes(b"\n".join(lines))
    report, refused = import_and_report(path)
    assert report.added == 1
    assert [row.line for row in refused][:2] == [2, 3]
    deep = tmp_path / "deep.jsonl"
    deep.write_text('{"email": "d@example.org", "query": "x"}\n' + "[" * 100_000 + "\n")
    assert import_and_report(deep)[0].refused == 1


def test_an_open_quotation_mark_does_not_swallow_the_memory(tmp_path: Path) -> None:
    rest = [f"p{number}@example.org,attention," for number in range(2000)]
    report, refused = import_and_report(csv_file(tmp_path, 'a@example.org,"open,', *rest))
    assert [row.line for row in refused] == [2]
    assert "cannot be read" in refused[0].reason
    assert report.added == 2000


def test_nobodys_filters_hold_another_persons_row(tmp_path: Path) -> None:
    lines = (
        'a@example.org,"open,',
        "b@example.org,attention,",
        'c@example.org,"closed",',
        'd@example.org,"open again,',
        'e@example.org,closed far below",',
        "f@example.org,survey,",
    )
    report, refused = import_and_report(csv_file(tmp_path, *lines))
    assert [row.line for row in refused] == [2, 5, 6]
    assert all("@" not in row.filters for row in Subscriber.objects.all())
    assert sorted(row.email[0] for row in Subscriber.objects.all()) == ["b", "c", "f"]
    assert (report.added, report.refused) == (3, 3)


def test_an_open_quotation_mark_closed_far_below_costs_one_line(tmp_path: Path) -> None:
    between = [f"p{number}@example.org,attention," for number in range(30)]
    _report, refused = import_and_report(
        csv_file(tmp_path, 'a@example.org,"open', *between, 'z@example.org,"attention",')
    )
    assert [row.line for row in refused] == [2]
    assert Subscriber.objects.count() == 31


def test_many_filters_on_lines_of_their_own_stay_one_cell(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(20)]
    cell = "\n".join(words)
    report, refused = import_and_report(csv_file(tmp_path, f'a@example.org,"{cell}",cs.LG', "b@example.org,x,"))
    assert (report.added, refused) == (2, [])
    assert Subscriber.objects.get(email_key="a@example.org").filters.split() == words


def test_files_that_are_something_else_are_refused_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text('[{"email": "a@example.org"}]')
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "prose.txt").write_text("Dear colleague,\nplease subscribe me")
    for name in ("list.json", "prose.txt", "missing.csv"):
        with pytest.raises(UnreadableFile):
            import_and_report(tmp_path / name)
    with pytest.raises(UnreadableFile, match="The file is empty"):
        import_and_report(tmp_path / "empty.csv")


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a@example.org,attention,cs.LG", "b@example.org,,hep-th")
    assert import_and_report(path)[0].added == 2
    before = list(Subscriber.objects.values().order_by("id"))
    report, _refused = import_and_report(path)
    assert (report.added, report.changed, report.same) == (0, 0, 2)
    assert list(Subscriber.objects.values().order_by("id")) == before


def test_an_import_changes_the_columns_it_has_and_no_others(tmp_path: Path) -> None:
    subscribe(ada, hour=6, days=1)
    report, _refused = import_and_report(csv_file(tmp_path, "ADA@example.org,attention,"))
    assert report.changed == 1
    row = Subscriber.objects.get()
    assert (row.filters, row.categories, row.hour, row.days) == ("attention", "", 6, 1)
    assert row.email == "ADA@example.org"


def test_what_readers_changed_since_the_file_was_written_stays(tmp_path: Path) -> None:
    row = subscribe(ada)
    path = csv_file(tmp_path, f"{ada.email},old,", "b@example.org,x,")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    preferences.change_preferences(row, Preferences(filters=("new",)))
    report, _refused = import_and_report(path)
    assert (report.kept, report.added, report.changed) == (1, 1, 0)
    assert Subscriber.objects.get(email_key=ada.email).filters == "new"
    assert import_and_report(path, overwrite=True)[0].changed == 1
    assert Subscriber.objects.get(email_key=ada.email).filters == "old"


def test_a_file_that_is_newer_than_a_readers_change_counts(tmp_path: Path) -> None:
    preferences.change_preferences(subscribe(ada), Preferences(filters=("new",)))
    Subscriber.objects.update(changed_at=NOW)
    assert import_and_report(csv_file(tmp_path, f"{ada.email},newest,"))[0].changed == 1


def test_whoever_left_elsewhere_keeps_newer_preferences_here(tmp_path: Path) -> None:
    row = subscribe(ada)
    path = csv_file(tmp_path, f"{ada.email},old,unsubscribed", header="email,query,status")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    preferences.change_preferences(row, Preferences(filters=("new",)))
    assert import_and_report(path)[0].changed == 1
    found = Subscriber.objects.get()
    assert (found.status, found.filters) == (Status.UNSUBSCRIBED, "new")


def test_nobody_who_left_or_complained_comes_back(tmp_path: Path) -> None:
    subscribe(ada, status=Status.UNSUBSCRIBED)
    subscribe(bao)
    suppression.suppress(bao.email, "complaint")
    suppression.suppress("stranger@example.org", "hard_bounce")
    lines = (f"{ada.email},x,", f"{bao.email},x,", "stranger@example.org,x,")
    report, refused = import_and_report(csv_file(tmp_path, *lines))
    assert (report.left_alone, report.suppressed, report.added, refused) == (1, 2, 0, [])
    assert not Subscriber.objects.filter(status=Status.ACTIVE).exists()
    assert Subscriber.objects.count() == 2


def test_an_import_confirms_those_who_were_waiting(tmp_path: Path) -> None:
    subscribe(ada, status=Status.PENDING, consent_at=None, confirmed_at=None)
    import_and_report(csv_file(tmp_path, f"{ada.email},x,"))
    row = Subscriber.objects.get()
    assert (row.status, row.consent_at) == (Status.ACTIVE, NOW)


def test_the_last_of_several_rows_for_one_address_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "ROWS_PER_TRANSACTION", 2)
    lines = ("a@example.org,first,", "b@example.org,x,", "c@example.org,x,", "A@Example.org,last,")
    path = csv_file(tmp_path, *lines)
    report, _refused = import_and_report(path)
    assert (report.added, report.repeated) == (3, 1)
    assert Subscriber.objects.get(email_key="a@example.org").filters == "last"
    assert import_and_report(path)[0].changed == 0


def test_a_dry_run_counts_and_stores_nothing(tmp_path: Path) -> None:
    subscribe(ada)
    report, refused = import_and_report(
        csv_file(tmp_path, f"{ada.email},x,", "b@example.org,x,", "bad,x,"), dry_run=True
    )
    assert (report.changed, report.added, len(refused)) == (1, 1, 1)
    assert Subscriber.objects.get().filters == ""


def test_unknown_columns_are_named_once(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a@example.org,x,1,2", "b@example.org,x,1,2", header="email,query,age,Shoe Size")
    assert import_and_report(path)[0].unknown_columns == ["age", "shoe size"]


def test_a_filter_that_may_mean_otherwise_is_taken_and_noted(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a@x.org,author:Terence Tao,", "b@x.org,graph || cats or dogs,", "c@x.org,graph,")
    report, refused = import_and_report(path)
    assert (report.added, refused) == (3, [])
    assert [note.partition(": ")[0] for note in report.notes] == [
        *("line 2, author:Terence Tao", "line 3, cats or dogs"),
    ]
    assert 'Did you mean author:"Terence Tao"?' in report.notes[0]


def test_filters_are_written_as_they_were_meant_where_asked(tmp_path: Path) -> None:
    path = csv_file(tmp_path, 'a@example.org,"LLM, RAG || Geoffrey Hinton",', "b@example.org,attention,")
    call_command("import_subscribers", str(path), "--mend-filters", "--yes", stdout=StringIO(), stderr=StringIO())
    stored = dict(Subscriber.objects.values_list("email", "filters"))
    assert stored == {"a@example.org": 'LLM\nRAG\nauthor:"Geoffrey Hinton"', "b@example.org": "attention"}


def test_the_notes_on_a_long_file_stay_short(tmp_path: Path) -> None:
    report, _ = import_and_report(csv_file(tmp_path, *(f"{n}@x.org,cats or dogs," for n in range(100))))
    assert (report.added, len(report.notes)) == (100, MAX_NOTES)


def test_a_stop_keeps_what_was_stored_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "ROWS_PER_TRANSACTION", 3)
    path = csv_file(tmp_path, *(f"p{number}@example.org,x," for number in range(10)))
    report = ImportReport()

    def stop(done: int, total: int | None) -> None:
        assert total == 10
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(path, report, refused=lambda row: None, tick=stop)
    assert Subscriber.objects.count() == report.added == 6
    assert (report.stored_to, report.finished) == (7, False)
    assert import_and_report(path)[0].added == 4


def test_a_portion_costs_few_queries(tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    path = csv_file(tmp_path, *(f"p{number}@example.org,x," for number in range(400)))
    import_and_report(path)
    with django_assert_max_num_queries(4):
        assert import_and_report(path)[0].same == 400


def all_rows() -> list[tuple[object, ...]]:
    hidden = {"id", "epoch", "key", "created_at", "confirmed_at", "unsubscribed_at"}
    fields = [field.name for field in Subscriber._meta.concrete_fields if field.name not in hidden]
    return [tuple(getattr(row, name) for name in fields) for row in Subscriber.objects.order_by("email_key")]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_is_exported_can_be_imported_elsewhere(tmp_path: Path, kind: str) -> None:
    subscribe(ada, days=0b1010101)
    subscribe(bao, filters="-survey\nattention", email="+bao@example.cn", email_key="+bao@example.cn")
    subscribe(chidi, status=Status.UNSUBSCRIBED)
    subscribe(dana, status=Status.PENDING, consent_at=None)
    before = all_rows()
    path = tmp_path / f"people.{kind}"
    with path.open("w", encoding="utf-8", newline="") as file:
        assert (write_csv if kind == "csv" else write_jsonl)(file) == 4
    Subscriber.objects.all().delete()
    assert import_and_report(path)[0].added == 4
    assert all_rows() == before
    assert import_and_report(path)[0].changed == 0


def test_the_export_says_whom_never_to_write_to() -> None:
    subscribe(ada)
    Suppression.objects.create(address_hash=hash_address(ada.email), reason="complaint")
    file = StringIO()
    write_jsonl(file)
    exported = json.loads(file.getvalue())
    assert tuple(exported) == COLUMNS
    assert exported["status"] == "suppressed"


def test_no_cell_of_the_export_is_a_formula() -> None:
    subscribe(ada, filters="-survey", email="=1+1@example.org", email_key="=1+1@example.org")
    file = StringIO()
    write_csv(file)
    assert "'=1+1@example.org,'-survey," in file.getvalue()


def test_ones_own_data_is_complete() -> None:
    row = subscribe(ada, new_email="new@example.net")
    data = collect_own_data(row)
    assert (data["email"], data["categories"], data["new_address_asked_for"]) == (
        ada.email,
        "cs.LG stat.ML",
        "new@example.net",
    )
    json.dumps(data)


cells = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cells, min_size=1, max_size=13), max_size=5))
def test_no_csv_breaks_the_import(tmp_path: Path, table: list[list[str]]) -> None:
    path = tmp_path / "any.csv"
    text = "\n".join([",".join(COLUMNS), *(",".join(row) for row in table)])
    path.write_text(text, encoding="utf-8", newline="")
    report, _refused = import_and_report(path, dry_run=True)
    assert report.finished
    ends = (
        report.added,
        report.changed,
        report.same,
        report.suppressed,
        report.deleted,
        report.repeated,
        report.refused,
    )
    assert sum(ends) == report.rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.sampled_from(COLUMNS), st.none() | st.booleans() | st.integers() | cells, max_size=6))
)
def test_no_json_breaks_the_import(tmp_path: Path, values: list[dict[str, object]]) -> None:
    path = tmp_path / "any.jsonl"
    good = {"email": "good@example.org", "query": "attention"}
    path.write_text("\n".join(json.dumps(value) for value in (good, *values)), encoding="utf-8")
    report, _refused = import_and_report(path, dry_run=True)
    assert report.rows == len(values) + 1
