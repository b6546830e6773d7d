import json
import os
import stat
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from subscriptions.models import Subscriber
from tests.people import ada, subscribe

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
    assert "cannot be read" in err
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
        "from subscriptions import exporting;"
        "from subscriptions.models import Subscriber;"
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


@pytest.mark.parametrize("words", [("import_subscribers", "people.csv"), ("export_subscribers", "-o", "out.csv")])
def test_a_database_without_tables_is_one_sentence(
    words: tuple[str, ...], people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise OperationalError("no such table: subscriptions_subscriber")

    monkeypatch.chdir(people.parent)
    monkeypatch.setattr("subscriptions.importing.import_file.import_entries", fail)
    monkeypatch.setattr("subscriptions.exporting._all_subscribers", fail)
    _out, err, code = run_command(*words)
    assert "manage.py migrate" in err
    assert code == 1
    assert [path.name for path in people.parent.iterdir()] == ["people.csv"]
