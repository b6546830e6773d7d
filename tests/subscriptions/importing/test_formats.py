"""Files of other services: whose export it is, who wants letters, and who must get none."""

from pathlib import Path

import pytest

from subscriptions.importing.columns import normalise_name
from subscriptions.importing.formats.registry import recognise_format
from subscriptions.models import Subscriber
from tests.subscriptions.importing.exports import (
    EXPORTS,
    VARIANTS,
    Export,
    forget_everybody,
    import_bytes,
    read_field_cases,
    zipped,
)

pytestmark = pytest.mark.django_db

IDS = [f"{each.service} {each.file}" for each in EXPORTS]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("export", EXPORTS, ids=IDS)
def test_everybody_is_what_the_file_shows(export: Export, variant: str, tmp_path: Path) -> None:
    outcome = import_bytes(tmp_path, export.file, VARIANTS[variant](export), "--yes")
    assert export.is_right(outcome), outcome
    assert f"{export.file} was read as: {export.service}" in outcome.output


@pytest.mark.parametrize("export", EXPORTS, ids=IDS)
def test_files_that_show_who_left_need_no_yes(export: Export, tmp_path: Path) -> None:
    outcome = import_bytes(tmp_path, export.file, export.text.encode())
    assert ("--yes" in outcome.error) is export.has_gap
    assert export.is_right(outcome) is not export.has_gap
    if export.has_gap:
        assert not outcome.active | outcome.unsubscribed | outcome.suppressed


@pytest.mark.data
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_fields_exports_are_taken_right(variant: str, shared_data: Path, tmp_path: Path) -> None:
    for export in read_field_cases(shared_data):
        outcome = import_bytes(tmp_path, export.file, VARIANTS[variant](export), "--yes")
        assert export.is_right(outcome), (export.file, outcome)
        forget_everybody()


@pytest.mark.parametrize("export", EXPORTS, ids=IDS)
def test_a_service_is_known_by_its_columns(export: Export) -> None:
    columns = {normalise_name(name) for name in export.rows()[0]}
    assert recognise_format(columns).name == export.service


@pytest.mark.parametrize(("first", "second"), [("subscribed", "gone"), ("gone", "subscribed")])
def test_of_two_files_the_one_that_shows_who_left_counts(first: str, second: str, tmp_path: Path) -> None:
    person = "In,A,B,,2,2021-03-04 05:06:07"
    header = "Email Address,First Name,Last Name,Address,MEMBER_RATING,OPTIN_TIME"
    texts = {
        "subscribed": f"{header}\nleft@example.org,{person[3:]}\nin@example.org,{person[3:]}\n",
        "gone": f"{header},UNSUB_TIME\nLEFT@example.org,{person[3:]},2024-02-03 04:05:06\n",
    }
    for name in (first, second):
        outcome = import_bytes(tmp_path, f"{name}.csv", texts[name].encode())
    assert (outcome.active, outcome.unsubscribed) == ({"in"}, {"left"})
    forget_everybody()
    archive = zipped({f"{first}.csv": texts[first], f"{second}.csv": texts[second], "notes.csv": "a,b\n1,2\n"})
    outcome = import_bytes(tmp_path, "audience.zip", archive)
    assert (outcome.active, outcome.unsubscribed) == ({"in"}, {"left"})
    assert Subscriber.objects.get(email_key="left@example.org").unsubscribed_at.date().isoformat() == "2024-02-03"  # type: ignore[union-attr]


def test_who_was_sent_a_post_of_substack_is_no_list_of_subscribers(tmp_path: Path) -> None:
    """They may have left since, and the archive has these files beside the list."""
    sent = (
        "post_id,timestamp,email,post_type,post_audience,active_subscription\n1,2024-01-01,left@example.org,a,b,false\n"
    )
    members = {
        "email_list.csv": "email,active_subscription,email_disabled,created_at\nin@example.org,,false,2021-03-04\n",
        "posts.csv": "post_id,post_date,is_published,title\n1.hi,2024-01-01,true,Hi\n",
        "posts/1.delivers.csv": sent,
        "posts/1.opens.csv": sent.replace("active_subscription", "active_subscription,country,device_type"),
        "posts/1.hi.html": "<p>Hi</p>",
    }
    outcome = import_bytes(tmp_path, "export.zip", zipped(members))
    assert (outcome.active, outcome.error) == ({"in"}, "")
    outcome = import_bytes(tmp_path, "1.delivers.csv", sent.encode(), "--yes")
    assert outcome.active == {"in"}
    assert "1.delivers.csv says what became of letters, and is no list of subscribers." in outcome.error


def test_a_mailchimp_file_without_opt_in_times_asks(tmp_path: Path) -> None:
    text = b"Email Address,MEMBER_RATING,LEID\nin@example.org,2,1\n"
    outcome = import_bytes(tmp_path, "people.csv", text)
    assert not outcome.active
    assert "no column that shows who left" in outcome.error
    assert import_bytes(tmp_path, "people.csv", text, "--yes").active == {"in"}


@pytest.mark.parametrize(
    "cell",
    ['{""unsubscribed"": true}', '{""status"": ""bounced""}', '{""newsletter"": false}', '{""a"": {""opt_out"": 1}}'],
)
def test_attributes_that_look_like_an_opt_out_stop_the_import(cell: str, tmp_path: Path) -> None:
    text = f'uuid,email,attributes,status\nu,a@example.org,"{cell}",enabled\n'
    outcome = import_bytes(tmp_path, "people.csv", text.encode(), "--yes")
    assert "“attributes." in outcome.error
    assert not outcome.active


def test_a_tag_that_says_unsubscribed_stops_the_import(tmp_path: Path) -> None:
    text = 'Email Address,OPTIN_TIME,TAGS\na@example.org,2021-03-04 05:06:07,"""vip"",""unsubscribed"""\n'
    outcome = import_bytes(tmp_path, "people.csv", text.encode())
    assert "“TAGS” looks like an opt-out" in outcome.error
    assert import_bytes(tmp_path, "people.csv", text.encode(), "--ignore-column", "tags").active == {"a"}


@pytest.mark.parametrize(
    "header", ["subscriber,subscribed", "email,type,subscribed_at,sent,clicks", "email,consent_date"]
)
def test_a_no_where_a_date_should_be_is_a_no(header: str, tmp_path: Path) -> None:
    cells = ",active" if "type" in header else ""
    ends = ",1,1" if ",sent" in header else ""
    text = f"{header}\nin@example.org{cells},yes{ends}\nleft@example.org{cells},no{ends}\n"
    outcome = import_bytes(tmp_path, "people.csv", text.encode())
    assert (outcome.active, outcome.unsubscribed) == ({"in"}, {"left"})
