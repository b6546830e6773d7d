"""What columns mean, and those that look as if they said who left."""

from pathlib import Path
from shlex import quote

import pytest
from django.core.exceptions import ValidationError

from subscriptions.importing.columns import FIELDS, normalise_name
from subscriptions.importing.layout import (
    ColumnGuard,
    DecisionNeeded,
    Instructions,
    build_layout,
    parse_mapping,
    refuse_suspects,
)
from tests.subscriptions.importing.exports import import_bytes

pytestmark = pytest.mark.django_db

OPT_OUTS = (
    *(
        "opt_out",
        "Opted Out",
        "optOut",
        "email_opt_out",
        "OPT-OUT DATE",
        "do_not_contact",
        "Do not email",
        "DNC",
        "no_mail",
    ),
    *(
        "No Newsletter",
        "unsubscribed_from_all",
        "unsubscribe link used",
        "bounce_count",
        "soft_bounces",
        "spam_reports",
    ),
    *("blocklist_reason", "suppression", "churned", "left", "has left", "removed_at", "gdpr_erasure", "forget_me"),
    *("Abgemeldet am", "désabonné", "退订时间", "cancelled_on", "inactive", "marketing_opted_out", "not_interested"),
)


@pytest.mark.parametrize("name", OPT_OUTS)
def test_a_column_like_an_opt_out_stops_the_import(name: str, tmp_path: Path) -> None:
    text = f"email,{name}\na@example.org,\nb@example.org,x\n".encode()
    outcome = import_bytes(tmp_path, "people.csv", text)
    assert f"“{name}” looks like an opt-out" in outcome.error
    assert f"--map {quote(f'{name}=unsubscribed')}, or" in outcome.error
    assert f"--ignore-column {quote(name)}. " in outcome.error
    assert not outcome.active | outcome.unsubscribed
    assert import_bytes(tmp_path, "people.csv", text, "--ignore-column", name).active == {"a", "b"}


@pytest.mark.parametrize("name", OPT_OUTS)
def test_such_a_column_may_be_said_to_be_one(name: str, tmp_path: Path) -> None:
    text = f"email,{name}\na@example.org,\nb@example.org,x\n".encode()
    outcome = import_bytes(tmp_path, "people.csv", text, "--map", f"{name}=unsubscribed")
    assert (outcome.active, outcome.unsubscribed) == ({"a"}, {"b"})


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("newsletter", ("yes", "no")),
        ("Marketing permission", ("true", "")),
        ("accepts_marketing", ("1", "0")),
        ("state", ("CA", "unsubscribed")),
        ("anything", ("", "Opted-out")),
        ("labels", ("vip", "vip, bounced")),
        ("verified", ("x", "off")),
    ],
)
def test_a_column_that_says_no_to_letters_stops_it(name: str, cells: tuple[str, str], tmp_path: Path) -> None:
    text = f'email,{name}\na@example.org,"{cells[0]}"\nb@example.org,"{cells[1]}"\n'
    outcome = import_bytes(tmp_path, "people.csv", text.encode())
    assert f"“{name}”" in outcome.error
    assert not outcome.active


@pytest.mark.parametrize(
    "column",
    ["name", "notes", "Newsletter", "blockchain_wallet", "recommended", "no_of_papers", "state", "design", "tags"],
)
def test_other_columns_stop_nothing(column: str, tmp_path: Path) -> None:
    text = f"email,{column}\na@example.org,Weekly\nb@example.org,Weekly\n"
    outcome = import_bytes(tmp_path, "people.csv", text.encode())
    assert outcome.active == {"a", "b"}
    assert f"Columns that were ignored: {column.lower()}" in outcome.output


def test_a_column_that_does_not_exist_is_a_mistake(tmp_path: Path) -> None:
    for flags in (("--map", "mial=email"), ("--ignore-column", "opt-out")):
        outcome = import_bytes(tmp_path, "people.csv", b"email\na@example.org\n", *flags)
        assert "There is no column" in outcome.error
        assert not outcome.active


def test_a_column_may_be_given_its_meaning(tmp_path: Path) -> None:
    text = b"Contact,Gone,Since,Topics\nA <a@example.org>,,2021-03-04,hep-th\nb@example.org,2024-01-01,,\n"
    flags = (
        "--map",
        "contact=email",
        "--map",
        "Gone=unsubscribed",
        "--map",
        "since=consent_at",
        "--map",
        "topics=categories",
    )
    outcome = import_bytes(tmp_path, "people.csv", text, *flags)
    assert (outcome.active, outcome.unsubscribed, outcome.consents) == ({"a"}, {"b"}, {"2021-03-04"})


@pytest.mark.parametrize("text", ["mail", "=email", "mail=nothing", "mail="])
def test_a_wrong_map_names_the_fields(text: str) -> None:
    with pytest.raises(ValidationError, match="email, query"):
        parse_mapping([text])
    assert parse_mapping(["E-Mail=EMAIL", "a=b=status"]) == {"e_mail": "email", "a_b": "status"}
    assert "unsubscribed" in FIELDS


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("E-mail Address", "e_mail_address"),
        ("\ufeffEmail", "email"),
        ("emailOptOut", "email_opt_out"),
        ("UNSUB_TIME", "unsub_time"),
        ("status (3)", "status"),
        ("attributes.city", "attributes_city"),
        ("  Opt–out?", "opt_out"),
    ],
)
def test_names_are_compared_without_their_spelling(name: str, normal: str) -> None:
    assert normalise_name(name) == normal


def test_the_better_of_two_address_columns_counts() -> None:
    layout = build_layout("x.csv", ["Mail", "Email", "subscriber"], Instructions())
    assert layout.cell({"Mail": "m", "Email": "e"}, "email") == "e"
    mapped = build_layout("x.csv", ["Mail", "Email"], Instructions(mapped={"mail": "email"}))
    assert mapped.cell({"Mail": "m", "Email": "e"}, "email") == "m"


def test_the_sentence_names_every_suspect_once() -> None:
    guard = ColumnGuard(
        build_layout("x.csv", ["email", "opt out", "bounce count"], Instructions()), ["opt out", "bounce count"]
    )
    guard.look_at_row({"opt out": "x", "note": "unsubscribed"})
    with pytest.raises(DecisionNeeded, match="“opt out”, “bounce count”, “note” looks"):
        refuse_suspects("x.csv", guard.find_suspects())


@pytest.mark.parametrize(
    "name",
    [
        *(
            "unsubscribed.csv",
            "unsubscribed_members_export_ab12.csv",
            "Opt-outs.csv",
            "bounces-2024.csv",
            "suppressions.csv",
        ),
        *("hard_bounces.txt", "my blocklist.csv", "spam complaints.csv", "unsubscribers.csv"),
    ],
)
def test_a_bare_list_is_what_its_name_says(name: str, tmp_path: Path) -> None:
    outcome = import_bytes(tmp_path, name, b"email\na@example.org\n")
    assert not outcome.active
    assert outcome.unsubscribed | outcome.suppressed == {"a"}
    standing = "unsubscribed" if outcome.unsubscribed else "suppressed"
    assert f"{name} was read as: plain list ({standing})" in outcome.output
    assert import_bytes(tmp_path, "people.csv", b"email\na@example.org\n").active == set()


@pytest.mark.parametrize(
    "name", ["not_unsubscribed.csv", "active_without_bounces.csv", "optout column.csv", "people.csv"]
)
def test_another_name_says_nothing(name: str, tmp_path: Path) -> None:
    assert import_bytes(tmp_path, name, b"email\na@example.org\n").active == {"a"}


def test_what_stands_in_a_file_counts_more_than_its_name(tmp_path: Path) -> None:
    assert import_bytes(tmp_path, "unsubscribed.csv", b"email,status\na@example.org,active\n").active == {"a"}
    assert import_bytes(tmp_path, "bounces.csv", b"email\nb@example.org\n", "--status", "active").active == {"a", "b"}
