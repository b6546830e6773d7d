"""Readers whose language is not the abstract's, while no model is there: they are told, in their own language."""

import email
import email.policy
import re
from email.message import EmailMessage
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from digest.models import EditionSummary

pytestmark = pytest.mark.django_db(transaction=True)

TOLD = "摘自原文摘要（英文）"


@pytest.fixture
def letter(settings: Settings, tmp_path: Path) -> EmailMessage:
    """What a Chinese reader gets of the sample."""
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mailbox")
    (tmp_path / "readers.csv").write_text("email,categories,language\nmei@example.org,cs.LG cs.CL,zh\n", "utf-8")
    call_command("import_subscribers", str(tmp_path / "readers.csv"), stdout=StringIO(), stderr=StringIO())
    call_command("run_daily", "--date", "2026-01-23", "--source", "sample", stdout=StringIO(), stderr=StringIO())
    (path,) = (tmp_path / "mailbox").glob("*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_both_bodies_and_the_page_mark_english_summaries(letter: EmailMessage) -> None:
    shown = EditionSummary.objects.filter(language="zh").select_related("summary")
    assert {(row.summary.writer, row.summary.language) for row in shown} == {("extractive", "en")}
    text, html = content(letter, "plain"), content(letter, "html")
    assert text.count(TOLD) >= 3
    blocks = re.findall(rf"{TOLD}[^<]*</b><span lang=\"?en\"?[^>]*>([^<]+)</span>", html)
    assert len(blocks) == html.count(TOLD) == text.count(TOLD)
    assert all(re.search("[A-Za-z]{3}", block) and not re.search("[\u4e00-\u9fff]", block) for block in blocks)
