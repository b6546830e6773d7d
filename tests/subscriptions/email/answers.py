"""Answers of mail servers, and ways to change them. `{r}` stands for the recipient."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from subscriptions.email.mail_answers import Answer, Fault, Ourselves, Stage, find_fault
from tests.conftest import SHARED

SENDER = "letters@post.example.org"
OURS = Ourselves(SENDER, frozenset({"post.example.org"}), frozenset({"192.0.2.7"}))
RECIPIENT = "pat@mail.example"


def fault_of(answer: str, stage: Stage | None = Stage.RCPT) -> Fault:
    lines = answer.replace("{r}", RECIPIENT).split("\n")
    return find_fault(Answer(int(lines[0][:3]), "\n".join(line[4:] for line in lines), stage, RECIPIENT, OURS))


GONE_AT_RCPT = [
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the"
    " address.\n550 5.1.1  https://help.example/?p=policy-NoSuchUser a1-2002 - gsmtp",
    "550-5.2.1 The email account that you tried to reach is disabled. Learn more at\n550 5.2.1  https://help.example/",
    "550-5.2.1 The email account that you tried to reach is inactive. For more\n550-5.2.1 information, go to",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [AM6.mail.protection.example 2026-01-01]",
    "550 Recipient address rejected: Access denied. AS(201806281)",
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
    "550 5.1.1 <{r}>: Recipient address rejected: User unknown in relay recipient table",
    "550 <{r}>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 <{r}>... User unknown",
    "550 5.1.1 unknown or illegal alias: {r}",
    "550 Message was not accepted -- invalid mailbox.  Local mailbox {r} is unavailable: account is disabled",
    "550 User not found: {r}",
    "550 Not our customer",
    "550 5.1.1 Benutzer unbekannt",
    "550 Invalid Recipient - https://help.example/docs/blocked-senders#550",
    "550 5.1.2 <{r}>: Recipient address rejected: Domain not found",
    "556 5.1.10 <{r}>: Recipient address rejected: Domain mail.example does not accept mail (nullMX)",
    "553 sorry, that recipient is not in my list of users (#5.1.1)",
    '550 unknown local-part "pat" in domain "mail.example"',
    "550 {r} unknown",
    "554 <{r}> does not exist",
    "550 This account has been disabled or discontinued [#102].",
    "550 5.2.1 Mailbox disabled, not accepting messages",
    "550 5.0.0 <{r}>... User unknown",
    "550 RecipientNotFound",
    "550 {r} is no longer employed here",
    "550 Requested mail action not taken: mailbox unavailable\n550 see https://postmaster.example/errors?ip=198.51.100.7&c=hi",
    "553 sorry, this recipient is not in my validrcptto list (#5.7.1)",
    "550 sorry, no mailbox here by that name. (#5.7.17)",
    "501 5.1.3 Bad recipient address syntax",
]
KEPT_AT_RCPT = [
    ("450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450-4.2.1 prevents", "recipient"),
    ("550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550-5.2.1 prevents", "recipient"),
    ("552-5.2.2 The email account that you tried to reach is over quota and inactive.", "recipient"),
    ("550 Mailbox is full / Blocks limit exceeded", "recipient"),
    ("550 mailbox {r} suspended", "recipient"),
    ("450 4.1.1 <{r}>: Recipient address rejected: unverified address: user unknown", "recipient"),
    ("550 Account temporarily unavailable", "doubt"),
    ("550 5.4.1 Recipient address rejected: Access denied", "doubt"),
    ("554 5.7.1 <{r}>: Recipient address rejected: Access denied", "doubt"),
    ("554 5.7.1 <{r}>: Recipient address rejected: Domain not found", "doubt"),
    ("550 Benutzer unbekannt", "doubt"),
    ("554 IP=192.0.2.99 - A problem occurred.", "relay"),
    ("550 192.0.2.99 says: no such user", "doubt"),
    ("550 5.1.1 no such user [192.0.2.7]", "sender"),
    ("550 5.1.1 post.example.org: no such user", "sender"),
    ("550 5.1.1 <LETTERS@post.example.org>: unbekannter Absender", "sender"),
    ("550-Callback setup failed while verifying\n550 no such user", "sender"),
    ("550 5.7.27 Sender address rejected: Domain does not accept mail (nullMX)", "sender"),
    ("550 5.1.8 Access denied, bad outbound address", "sender"),
    ("501 5.1.7 Bad address syntax", "sender"),
    ("550 5.7.1 user not found in SPF record", "sender"),
    ("550 User has no permission", "sender"),
    ("553 sorry, that domain isn't in my list of allowed hosts (#5.7.15)", "sender"),
    ("550 5.7.54 Unable to relay recipient in non-accepted domain", "sender"),
    ("554 <{r}>: Relay access denied", "relay"),
    ("550 Ip frequency limited", "relay"),
    ("550 Your account is disabled", "relay"),
    ("550 This account is not active. Please contact your provider to activate SMTP access", "relay"),
    ("550 account disabled for non payment", "relay"),
    ("451 4.3.0 temporary lookup failure", "relay"),
    ("550 5.1.1 spam message rejected", "content"),
]


@dataclass(frozen=True)
class Row:
    answer: str
    stage: Stage
    is_gone: bool


def all_rows() -> Iterator[Row]:
    """Ours, and those of the field where they are there."""
    yield from (Row(answer, Stage.RCPT, True) for answer in GONE_AT_RCPT)
    yield from (Row(answer, Stage.RCPT, False) for answer, _fault in KEPT_AT_RCPT)
    yield from field_rows()


def field_rows() -> Iterator[Row]:
    path = SHARED / "mail_answers" / "smtp.jsonl"
    for line in path.read_text().splitlines() if path.exists() else ():
        row = json.loads(line)
        yield Row(row["answer"], Stage(row["to"]), row["right"] == "suppress")


def same_answers(row: Row) -> Iterator[str]:
    """Yield changed answers that mean the same."""
    yield row.answer.upper().replace("{R}", "{r}")
    yield row.answer.replace(" ", "  ")
    yield row.answer.replace("\n", "\r\n")


def mutations(row: Row) -> Iterator[tuple[str, Stage, bool]]:
    """Yield changed answers with their stages, and whether each may give up a reader."""
    answer, stage = row.answer, row.stage
    yield re.sub(r"\(?#?\b[245]\.\d+\.\d+\)? ?", "", answer), stage, row.is_gone
    yield re.sub(r"\(?<?(?:\{r\}|letters@post\.example\.org)>?\)?:? ?", "", answer), stage, row.is_gone
    yield answer.replace("{r}", SENDER) if "{r}" in answer else f"{answer} <{SENDER}>", stage, False
    yield f"4{answer[1:]}".replace("\n5", "\n4").replace(" 5.", " 4.").replace("-5.", "-4."), stage, False
    for early in (Stage.MAIL, Stage.HELO, Stage.AUTH, Stage.BANNER, Stage.STARTTLS):
        yield answer, early, False
