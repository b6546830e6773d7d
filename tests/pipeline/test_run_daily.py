"""The whole day on a real digest: what the operator types, what the readers get."""

import email
import email.policy
import json
from collections.abc import Iterator
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from digest.models import Delivery, Edition, Run, Summary

pytestmark = [pytest.mark.data, pytest.mark.django_db(transaction=True)]

READERS = """email,query,categories,language
ada@example.org,,stat.ML,en
chidi@example.org,"""
READERS += '''"""optimal transport""",,en
dana@example.org,author:Vassilvitskii,,en
'''

PLACEHOLDERS = ("failed", "analysis unavailable")


@pytest.fixture
def mailbox(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mailbox")
    return tmp_path / "mailbox"


@pytest.fixture
def readers(tmp_path: Path) -> None:
    (tmp_path / "readers.csv").write_text(READERS, encoding="utf-8")
    call_command("import_subscribers", str(tmp_path / "readers.csv"), stdout=StringIO(), stderr=StringIO())


@pytest.fixture
def seed(shared_data: Path) -> str:
    return str(next((shared_data / "seeds").glob("001_*.txt")))


def run_daily(seed: str, *flags: str) -> dict[str, Any]:
    out = StringIO()
    call_command("run_daily", "--date", "2026-01-23", "--source", seed, "--json", *flags, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def letters(mailbox: Path) -> Iterator[EmailMessage]:
    for path in sorted(mailbox.glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        yield message


def bodies(message: EmailMessage) -> tuple[str, str]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_a_day_of_a_daily_digest_reaches_three_readers(readers: None, seed: str, mailbox: Path) -> None:
    report = run_daily(seed)
    assert report["day"] == "2026-01-23"
    assert {name: report[name] for name in ("stored", "rejected", "edition", "due", "accepted", "excluded")} == {
        "stored": 56, "rejected": 0, "edition": 56, "due": 3, "accepted": 3, "excluded": 0,
    }  # fmt: skip
    assert (report["failed"], report["uncertain"], report["balanced"]) == (0, 0, True)
    assert report["summaries"].items() >= {"model": 0, "extractive": 45, "imported": 11, "cached": 0}.items()
    assert set(report["seconds"]) == {"fetch", "signals", "build", "pick", "summarise", "send", "reconcile"}
    assert len(list(letters(mailbox))) == 3


def test_the_three_letters_differ_and_say_why(readers: None, seed: str, mailbox: Path) -> None:
    run_daily(seed)
    by_reader = {str(message["To"]): bodies(message) for message in letters(mailbox)}
    assert len({text for text, _html in by_reader.values()}) == 3
    for text in by_reader["chidi@example.org"]:
        assert "optimal transport" in text.lower()
    for text in by_reader["dana@example.org"]:
        assert "Sergei Vassilvitskii" in text
        assert "Learning from Synthetic Data" in text
    for text in by_reader["ada@example.org"]:
        assert "stat.ML" in text


def test_no_letter_holds_a_placeholder_or_raw_tex(readers: None, seed: str, mailbox: Path) -> None:
    run_daily(seed)
    for message in letters(mailbox):
        for body in bodies(message):
            assert not [word for word in ("Summary generation failed", *PLACEHOLDERS) if word in body.lower()]
            assert "$" not in body


def test_imported_summaries_keep_their_language(readers: None, seed: str, mailbox: Path) -> None:
    run_daily(seed)
    imported = Summary.objects.filter(writer="imported").values_list("language", flat=True)
    assert sorted(imported) == ["en"] * 4 + ["zh"] * 7
    assert not Summary.objects.filter(tldr__icontains="generation failed").exists()


def test_a_second_run_sends_stores_and_summarises_nothing(readers: None, seed: str, mailbox: Path) -> None:
    run_daily(seed)
    before = {path.name: path.read_bytes() for path in mailbox.glob("*.eml")}
    report = run_daily(seed)
    assert {name: report[name] for name in ("stored", "known", "due", "already", "accepted")} == {
        "stored": 0, "known": 56, "due": 0, "already": 3, "accepted": 0,
    }  # fmt: skip
    assert report["summaries"].items() >= {"model": 0, "extractive": 0, "imported": 0, "cached": 56}.items()
    assert report["balanced"] is True
    assert {path.name: path.read_bytes() for path in mailbox.glob("*.eml")} == before


def test_a_dry_run_reports_what_it_would_send_and_stores_nothing(readers: None, seed: str, mailbox: Path) -> None:
    report = run_daily(seed, "--dry-run")
    assert (report["stored"], report["edition"], report["due"], report["would_send"]) == (56, 56, 3, 3)
    assert report["accepted"] == 0
    assert report["balanced"] is True
    assert not any((Edition.objects.exists(), Delivery.objects.exists(), Run.objects.exists(), mailbox.exists()))


def test_the_stages_one_by_one_do_what_the_whole_day_does(readers: None, seed: str, mailbox: Path) -> None:
    for command in ("fetch_papers", "build_edition", "write_summaries", "send_letters", "reconcile"):
        call_command(command, "--date", "2026-01-23", "--source", seed, stdout=StringIO())
    assert len(list(letters(mailbox))) == 3
    assert Edition.objects.get().state == "closed"
    assert run_daily(seed)["accepted"] == 0


def test_the_run_is_recorded_with_its_report(readers: None, seed: str, mailbox: Path) -> None:
    report = run_daily(seed)
    run = Run.objects.get()
    assert run.balanced is True
    assert run.finished_at is not None
    assert run.report["accepted"] == report["accepted"] == 3


def test_someone_who_confirms_later_gets_the_same_edition(readers: None, seed: str, mailbox: Path) -> None:
    run_daily(seed)
    call_command_for_new_reader(mailbox.parent)
    report = run_daily(seed)
    assert (report["due"], report["accepted"], report["already"]) == (1, 1, 3)


def call_command_for_new_reader(folder: Path) -> None:
    (folder / "more.jsonl").write_text('{"email": "late@example.org", "categories": "cs.LG"}\n')
    call_command("import_subscribers", str(folder / "more.jsonl"), stdout=StringIO(), stderr=StringIO())


def test_the_report_says_why_a_reader_got_no_letter(seed: str, mailbox: Path) -> None:
    (mailbox.parent / "r.jsonl").write_text('{"email": "nobody@example.org", "query": "zzyzx"}\n')
    call_command("import_subscribers", str(mailbox.parent / "r.jsonl"), stdout=StringIO(), stderr=StringIO())
    report = run_daily(seed)
    assert (report["due"], report["accepted"], report["excluded"]) == (1, 0, 1)
    assert report["reasons"]["excluded"] == {"no_match": 1}
    assert list(letters(mailbox)) == []
