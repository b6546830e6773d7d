import json
import os
import stat
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db


def run_command(*words: str) -> tuple[str, str, int]:
    """Return standard output, standard error and the exit code."""
    out, err = StringIO(), StringIO()
    try:
        call_command(*words, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}", error.returncode
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email,query,shoe\na@example.org,attention,42\nbad,attention,42\n", encoding="utf-8")
    return path


def test_importing_says_in_words_what_became_of_every_row(people: Path) -> None:
    out, err, code = run_command("import_subscribers", str(people))
    assert "2 rows: 1 added, 0 changed, 0 the same, 1 refused" in out
    assert "1 came without consent_at: you vouch" in out
    assert "ignored: shoe" in out
    assert "line 3: This does not look like an e-mail address" in err
    assert code == 1


def test_importing_says_the_same_as_json(people: Path) -> None:
    out, _err, code = run_command("import_subscribers", str(people), "--json")
    report = json.loads(out)
    assert (report["rows"], report["added"], report["refused"], report["finished"]) == (2, 1, 1, True)
    assert report["refused_rows"][0]["line"] == 3
    assert code == 1


def test_a_faultless_file_ends_well_and_a_dry_run_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,categories\na@example.org,cs.LG\n")
    out, err, code = run_command("import_subscribers", str(path), "--dry-run")
    assert (err, code) == ("", 0)
    assert "nothing was stored" in out
    assert not Subscriber.objects.exists()


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    _out, err, code = run_command("import_subscribers", str(tmp_path / "missing.csv"))
    assert err == "missing.csv cannot be read: No such file or directory"
    assert code == 1


def test_stopping_says_where(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("subscriptions.importing.import_file.import_entries", stop)
    out, err, code = run_command("import_subscribers", str(people))
    assert "Stored up to line 0" in out
    assert "run it again" in err
    assert code == 130


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_is_private_and_can_be_imported(tmp_path: Path, kind: str) -> None:
    subscribe(ada)
    path = tmp_path / "out"
    _out, err, code = run_command("export_subscribers", "--format", kind, "-o", str(path))
    assert "1 subscriber written" in err
    assert code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "1 the same" in run_command("import_subscribers", str(path))[0]
    assert not path.with_name("out.part").exists()


def test_an_export_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    subscribe(ada)
    run_command("export_subscribers")
    header, row = capsys.readouterr().out.splitlines()
    assert header.startswith("email,query,categories")
    assert row.startswith("ada@example.org,,cs.LG stat.ML,en,UTC,8,daily,10,1,tldr,")


@pytest.mark.e2e
def test_an_export_that_nobody_reads_to_its_end_is_no_trouble(tmp_path: Path) -> None:
    """More than fits into a pipe, of which `head` takes one line."""
    program = (
        "import django, sys; django.setup();"
        "from subscriptions import audit, exporting;"
        "from subscriptions.models import Subscriber;"
        "audit.record_command = lambda *_words, **_count: None;"
        "rows = (exporting._column_values(Subscriber(email=f'p{n}@example.org')) for n in range(9000));"
        "exporting._all_subscribers = lambda: rows;"
        "from django.core.management import call_command; call_command('export_subscribers')"
    )
    line = f'set -o pipefail; "{sys.executable}" -c "{program}" | head -n 1'
    home = {**os.environ, "PREPRINT_POST_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "deploy.settings"}
    done = subprocess.run(["bash", "-c", line], env=home, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("email,query")


def test_an_export_to_nowhere_is_one_sentence(tmp_path: Path) -> None:
    _out, err, code = run_command("export_subscribers", "-o", str(tmp_path / "missing" / "out.csv"))
    assert "cannot be written" in err
    assert code == 1


def test_an_export_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise OperationalError("no such table: subscriptions_subscriber")

    monkeypatch.setattr("subscriptions.exporting._all_subscribers", fail)
    with pytest.raises(OperationalError):
        run_command("export_subscribers", "-o", str(tmp_path / "out.csv"))
    assert list(tmp_path.iterdir()) == []


def write_people(folder: Path, text: str, name: str = "people.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_whoever_has_no_interests_gets_the_categories(tmp_path: Path) -> None:
    subscribe(ada)
    text = "email,categories\nada@example.org,\nb@example.org,hep-th\nc@example.org,\n"
    out, _err, code = run_command("import_subscribers", write_people(tmp_path, text), "--categories", "cs.CL, econ.EM")
    found = dict(Subscriber.objects.values_list("email", "categories"))
    assert found == {"ada@example.org": "cs.LG stat.ML", "b@example.org": "hep-th", "c@example.org": "cs.CL econ.EM"}
    assert (code, "people.csv was read as: plain list" in out) == (0, True)


def test_a_wrong_category_is_one_sentence(tmp_path: Path) -> None:
    _out, err, code = run_command("import_subscribers", write_people(tmp_path, "email\n"), "--categories", "cs.XX")
    assert "“cs.XX” is not an arXiv category" in err
    assert code == 1


def test_the_unconfirmed_are_asked_or_refused(tmp_path: Path) -> None:
    path = write_people(tmp_path, "email,status\na@example.org,pending\nb@example.org,active\n")
    out, err, code = run_command("import_subscribers", path, "--categories", "cs.LG", "--no-pending")
    assert "line 2: the person has not confirmed, and --no-pending is given" in err
    assert (code, Subscriber.objects.get().email) == (1, "b@example.org")
    out, _err, code = run_command("import_subscribers", path, "--categories", "cs.LG")
    assert "1 has not confirmed yet and is asked to, at most 100 an hour" in out
    assert (code, Subscriber.objects.get(email="a@example.org").status) == (0, "pending")


def test_opt_out_lists_need_no_interests(tmp_path: Path) -> None:
    subscribe(ada)
    path = write_people(tmp_path, "ada@example.org\nb@example.org\n")
    out, err, code = run_command("import_subscribers", path, "--status", "unsubscribed")
    assert "2 left elsewhere and get no letters" in out
    assert (err, code) == ("", 0)
    assert set(Subscriber.objects.values_list("status", flat=True)) == {"unsubscribed"}
    assert Subscriber.objects.get(id=ada.id).categories == "cs.LG stat.ML"


def test_suppression_lists_need_no_interests(tmp_path: Path) -> None:
    subscribe(ada)
    path = write_people(tmp_path, "ada@example.org\nb@example.org\n")
    out, _err, code = run_command("import_subscribers", path, "--status", "suppressed")
    assert "2 must never be written to" in out
    assert code == 0
    assert set(Suppression.objects.values_list("address_hash", "reason")) == {
        (hash_address("ada@example.org"), "blocked"),
        (hash_address("b@example.org"), "blocked"),
    }
    assert [row.status for row in Subscriber.objects.all()] == ["unsubscribed"]


def test_a_row_says_worse_than_whoever_imports(tmp_path: Path) -> None:
    text = "email,status\na@example.org,bounced\nb@example.org,active\n"
    run_command("import_subscribers", write_people(tmp_path, text), "--status", "active", "--categories", "cs.LG")
    assert Subscriber.objects.get().email == "b@example.org"


def test_whoever_left_elsewhere_leaves_here(tmp_path: Path) -> None:
    subscribe(ada)
    text = "email,unsubscribed_at\nADA@example.org,2024-02-03\n"
    run_command("import_subscribers", write_people(tmp_path, text))
    row = Subscriber.objects.get()
    assert (row.status, str(row.unsubscribed_at)[:10]) == ("unsubscribed", "2024-02-03")


def test_several_files_name_the_one_with_the_bad_row(tmp_path: Path) -> None:
    first = write_people(tmp_path, "email\na@example.org\n", "one.csv")
    second = write_people(tmp_path, "email\nbad\n", "two.csv")
    out, err, code = run_command("import_subscribers", first, second, "--categories", "cs.LG", "--json")
    assert "two.csv, line 2: This does not look like an e-mail address" in err
    report = json.loads(out)
    assert report["recognised"] == {"one.csv": "plain list", "two.csv": "plain list"}
    assert (report["rows"], report["added"], code) == (2, 1, 1)


def test_readers_are_imported_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=BytesIO(b"email,query\na@example.org,attention\n")))
    assert run_command("import_subscribers", "-")[2] == 0
    assert Subscriber.objects.get().filters == "attention"


def test_what_comes_through_a_pipe_replaces_no_readers_change(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada, changed_at=timezone.now())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=BytesIO(b"email,query\nada@example.org,attention\n")))
    out, _err, _code = run_command("import_subscribers", "-")
    assert "1 changed their wishes since" in out
    assert Subscriber.objects.get().filters == ""


def test_a_file_that_does_not_show_who_left_is_tried_dry(tmp_path: Path) -> None:
    path = write_people(tmp_path, "uuid,email,attributes,status\nu,a@example.org,{},enabled\n")
    out, _err, code = run_command("import_subscribers", path, "--categories", "cs.LG", "--dry-run")
    assert "listmonk's statuses are those of accounts" in out
    assert (code, Subscriber.objects.count()) == (0, 0)
    out, err, code = run_command("import_subscribers", path, "--categories", "cs.LG")
    assert "give --yes. Nothing was stored." in err
    assert (code, Subscriber.objects.count()) == (1, 0)


def test_an_export_without_suppressions(tmp_path: Path) -> None:
    subscribe(ada)
    subscribe(bao)
    Suppression.objects.create(address_hash=hash_address(bao.email), reason="complaint")
    path = tmp_path / "out.csv"
    run_command("export_subscribers", "--without-suppressions", "-o", str(path))
    assert bao.email not in path.read_text()
    run_command("export_subscribers", "-o", str(path))
    assert bao.email in path.read_text()
