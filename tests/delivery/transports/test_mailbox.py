"""The mailbox in a folder: each letter once, complete or not at all, and readable again."""

import os
import threading
from pathlib import Path

import pytest
from django.core.mail import EmailMessage

from digest.delivery import message
from digest.delivery.transports import mailbox
from digest.delivery.transports.mailbox import MailboxBackend, NoSuchLetter
from tests.delivery.letters import letter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mailbox"


def post(folder: Path, message_id: str = "<one@post.example>", subject: str = "Two papers") -> None:
    MailboxBackend(file_path=str(folder)).send_messages([message.build_message(letter(message_id, subject=subject))])


def test_a_letter_becomes_one_file_named_after_its_message_id(folder: Path) -> None:
    post(folder)
    assert [path.name for path in folder.iterdir()] == [mailbox.file_name("<one@post.example>")]


def test_the_same_letter_sent_again_changes_nothing(folder: Path) -> None:
    post(folder)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    post(folder, subject="Another subject")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before


def test_many_at_once_store_one_letter_once(folder: Path) -> None:
    threads = [threading.Thread(target=post, args=(folder,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(folder.iterdir())) == 1


def test_a_file_system_without_hard_links_is_served_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    post(folder)
    post(folder)
    assert len(list(folder.iterdir())) == 1


def test_a_letter_that_cannot_be_written_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        post(folder)
    assert list(folder.iterdir()) == []


def test_letters_are_listed_newest_first(folder: Path) -> None:
    for number, subject in enumerate(("first", "second", "third")):
        post(folder, f"<{number}@post.example>", subject)
        os.utime(folder / mailbox.file_name(f"<{number}@post.example>"), (number, number))
    listed = mailbox.list_letters(folder)
    assert [stored.subject for stored in listed] == ["third", "second", "first"]
    assert (listed[0].to, listed[0].date.isoformat()) == ("ada@example.org", "2026-01-23T08:00:00+00:00")
    assert [stored.subject for stored in mailbox.list_letters(folder, limit=1)] == ["third"]


def test_an_empty_mailbox_has_no_letters(folder: Path) -> None:
    assert mailbox.list_letters(folder) == []


def test_a_stored_letter_reads_as_it_was_sent(folder: Path) -> None:
    post(folder, subject="Zwölf Aufsätze über 注意力")
    opened = mailbox.read_letter(folder, mailbox.list_letters(folder)[0].name)
    assert (opened.subject, opened.text.replace("\r\n", "\n"), opened.html) == (
        "Zwölf Aufsätze über 注意力",
        "Attention, café.\n",
        "<h1>Attention, café.</h1>",
    )
    assert ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") in opened.headers


@pytest.mark.parametrize(
    "name", ["../secret_key", "..", "/etc/passwd", "", "a.eml", f"{'0' * 40}.eml\n", f"../{'0' * 40}.eml", "%2e%2e"]
)
def test_a_name_never_leads_out_of_the_mailbox(folder: Path, name: str) -> None:
    folder.mkdir()
    (folder.parent / f"{'0' * 40}.eml").write_text("Subject: secret\n\n")
    with pytest.raises(NoSuchLetter):
        mailbox.read_letter(folder, name)


def test_a_letter_that_is_gone_is_not_found(folder: Path) -> None:
    with pytest.raises(NoSuchLetter):
        mailbox.read_letter(folder, f"{'0' * 40}.eml")


def test_a_broken_file_is_shown_as_far_as_it_goes(folder: Path) -> None:
    folder.mkdir()
    name = f"{'a' * 40}.eml"
    (folder / name).write_bytes(
        b"Subject: =?nope?q?x?=\r\nDate: yesterday\r\nContent-Type: text/plain; charset=nope\r\n\r\n\xffhi"
    )
    (listed,) = mailbox.list_letters(folder)
    assert listed.date.year >= 2026
    assert mailbox.read_letter(folder, name).text.endswith("hi")


def test_other_mail_is_stored_as_well(folder: Path) -> None:
    backend = MailboxBackend(file_path=str(folder))
    assert backend.send_messages([EmailMessage("Confirm", "Please.", to=["bao@example.cn"])]) == 1
    assert mailbox.list_letters(folder)[0].to == "bao@example.cn"
