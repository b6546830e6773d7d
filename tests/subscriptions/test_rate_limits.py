"""Limits hold against those who try them, and lock out nobody else."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.core import mail
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from subscriptions import rate_limits
from subscriptions.account_requests import outbox
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.account_requests.outbox import MAX_AGE
from subscriptions.links import tokens
from subscriptions.models import Count, Errand, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.rate_limits import DomainFull
from tests.people import ada, subscribe
from tests.subscriptions.floods import FASTMAIL, NETWORKS, ONE_48, ONE_64, YAHOO, bomb_mailbox, flood_domain

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
FAR = 1_000_001
SIGN_UP = {"email": "new@example.org", "filters": "attention", "language": "en"}


def sign_up(client: Client, email: str, place: int = 1) -> None:
    answer = client.post("/", {**SIGN_UP, "email": email}, REMOTE_ADDR=f"198.51.100.{place}")
    assert answer["Location"] == "/sent/?for=confirm"


def sign_up_anywhere(client: Client, email: str, place: int) -> str:
    """Return where the page leads."""
    return client.post("/", {**SIGN_UP, "email": email}, REMOTE_ADDR=f"198.51.100.{place}")["Location"]


def test_one_client_cannot_use_up_the_limit_of_a_domain(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_CLIENT", rate_limits.Limit(3, rate_limits.HOUR))
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(4, rate_limits.HOUR))
    for number in range(20):
        client.post("/", {**SIGN_UP, "email": f"p{number}@example.org"}, REMOTE_ADDR="198.51.100.1")
    sign_up(client, "somebody@example.org", place=2)
    assert [letter.to[0] for letter in mail.outbox] == ["p0@example.org", "p1@example.org", "somebody@example.org"]
    assert [request.email for request in Errand.objects.all()] == ["p2@example.org"]


def test_requests_without_a_letter_count_for_no_address(client: Client) -> None:
    subscribe(ada, id=FAR)
    for _turn in range(10):
        client.post("/link/", {"email": ada.email}, REMOTE_ADDR="198.51.100.9")
    assert len(mail.outbox) == 1
    Subscriber.objects.update(mailed_at=None)
    client.post("/link/", {"email": ada.email})
    assert len(mail.outbox) == 2


def test_the_names_of_one_mailbox_share_its_limit(client: Client) -> None:
    for number in range(10):
        sign_up(client, f"ada.l+{number}@gmail.com", place=number)
    sign_up(client, "adal@googlemail.com", place=99)
    assert len(mail.outbox) == rate_limits.PER_MAILBOX.letters


def test_a_domain_that_strangers_share_has_room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(2, rate_limits.HOUR))
    assert all(rate_limits.allow_letter(f"p{number}@gmail.com") for number in range(5))
    assert [rate_limits.allow_letter(f"p{number}@example.org") for number in range(2)] == [True, True]
    with pytest.raises(DomainFull):
        rate_limits.allow_letter("p3@example.org")


def test_a_full_domain_is_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(2, rate_limits.HOUR))
    for number in range(6):
        with suppress(DomainFull):
            rate_limits.allow_letter(f"p{number}@example.org")
    assert [record.message for record in caplog.records] == [
        "Many letters are asked for to example.org: some of them wait."
    ]


def test_each_limit_is_logged_once_and_names_nobody(rf: RequestFactory, caplog: pytest.LogCaptureFixture) -> None:
    for place in ("198.51.100.1", "198.51.100.2"):
        for _turn in range(rate_limits.PER_CLIENT.letters + 3):
            rate_limits.allow_client(rf.get("/", REMOTE_ADDR=place))
            rate_limits.allow_letter(ada.email, is_subscriber=True)
            rate_limits.allow_reader(FAR, "delete")
            rate_limits.allow_log_in(("198.51.100.1",))
    assert {record.message for record in caplog.records} == {
        "A limit holds: letters asked for by one network, at most 30 in 60 minutes. More are refused for now.",
        "A limit holds: letters to one mailbox, at most 6 in 1440 minutes. More are refused for now.",
        "A limit holds: requests to delete by one reader, at most 6 in 1440 minutes. More are refused for now.",
        "A limit holds: tries to log in from one place, at most 10 in 15 minutes. More are refused for now.",
    }
    assert len(caplog.records) == 4


def test_a_wide_network_is_counted_beside_each_narrow_one(rf: RequestFactory) -> None:
    most = rate_limits.PER_CLIENT.letters
    one = [rate_limits.allow_client(rf.get("/", REMOTE_ADDR=f"2001:db8:1:2::{each:x}")) for each in range(most + 9)]
    assert sum(one) == most
    many = [rate_limits.allow_client(rf.get("/", REMOTE_ADDR=f"2001:db8:1:{each:x}::1")) for each in range(3, 300)]
    assert sum(one) + sum(many) == most * rate_limits.SHARE_OF_WIDE_NETWORK
    assert rate_limits.allow_client(rf.get("/", REMOTE_ADDR="2001:db8:2::1"))


def test_who_cannot_be_told_apart_is_not_one_client(rf: RequestFactory, caplog: pytest.LogCaptureFixture) -> None:
    for _turn in range(rate_limits.PER_CLIENT.letters + 3):
        assert rate_limits.allow_client(rf.get("/", REMOTE_ADDR=""))
    assert rate_limits.take_turn(rf.get("/", REMOTE_ADDR=""), ada.email) == 0
    assert [record.message for record in caplog.records] == [
        "A request does not say where it comes from, and is not counted: see TRUSTED_PROXIES."
    ]


def test_networks_take_turns_at_each_domain(rf: RequestFactory) -> None:
    home, away = (rf.get("/", REMOTE_ADDR=f"2001:db8:{place}::1") for place in (1, 2))
    neighbour = rf.get("/", REMOTE_ADDR="2001:db8:1:9::1")
    asked = [(home, "a@one.example"), (home, "b@one.example"), (away, "c@one.example"), (home, "d@two.example")]
    assert [rate_limits.take_turn(*each) for each in (*asked, (neighbour, "e@one.example"))] == [0, 1, 0, 0, 2]


def test_a_subscribers_link_waits_for_no_flood(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(1, rate_limits.HOUR))
    subscribe(ada, id=FAR)
    for number in range(3):
        sign_up_anywhere(client, f"p{number}@example.org", place=number)
    client.post("/link/", {"email": ada.email}, REMOTE_ADDR="198.51.100.99")
    assert mail.outbox[-1].to == [ada.email]


def test_a_full_domain_delays_letters_and_drops_none(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(2, rate_limits.HOUR))
    with time_machine.travel(NOON, tick=False) as clock:
        told = [sign_up_anywhere(client, f"p{number}@example.org", place=number) for number in range(7)]
        assert told == [
            *["/sent/?for=confirm"] * 2,
            *["/sent/?for=confirm&wait=70"] * 2,
            *["/sent/?for=confirm&wait=130"] * 2,
            "/sent/?for=confirm&wait=190",
        ]
        left = []
        for _hour in range(4):
            drain_outbox(datetime.now(UTC))
            left.append(len(mail.outbox))
            clock.shift(rate_limits.HOUR)
    assert left == [2, 4, 6, 7]
    assert [letter.to[0] for letter in mail.outbox] == [f"p{number}@example.org" for number in range(7)]


def test_the_wait_does_not_tell_who_is_known(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger asks for one letter less than a domain takes, then for Ada's, and looks whether that filled it."""
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(6, rate_limits.HOUR))
    subscribe(ada, id=FAR)
    with time_machine.travel(NOON, tick=False):
        told = [
            [sign_up_anywhere(client, f"{name}@{domain}", place=7) for name in ("p1", "p2", "ada", "p3", "p4")]
            for domain in ("example.org", "example.net")
        ]
    assert told[0] == told[1] == [*["/sent/?for=confirm"] * 3, *["/sent/?for=confirm&wait=70"] * 2]


def test_strangers_use_up_no_link_from_ones_own_letters(client: Client) -> None:
    reader = subscribe(ada, id=FAR)
    own_pages = [
        (f"/preferences/{tokens.make('manage', FAR, reader.epoch)}/link/", {}),
        (f"/unsubscribe/{tokens.make('unsubscribe', FAR, reader.key)}/", {"instead": "link"}),
    ]
    for number in range(rate_limits.PER_MAILBOX.letters + 2):
        client.post("/link/", {"email": ada.email}, REMOTE_ADDR=f"198.51.100.{number}")
        Subscriber.objects.update(mailed_at=None)
    assert len(mail.outbox) == rate_limits.PER_MAILBOX.letters
    for page, form in own_pages:
        client.post(page, form)
        Subscriber.objects.update(mailed_at=None)
    assert len(mail.outbox) == rate_limits.PER_MAILBOX.letters + len(own_pages)
    for _turn in range(rate_limits.PER_READER.letters):
        client.post(*own_pages[0])
        Subscriber.objects.update(mailed_at=None)
    assert len(mail.outbox) == rate_limits.PER_MAILBOX.letters + rate_limits.PER_READER.letters, "whoever has a letter"


def test_the_page_says_how_long_a_letter_may_take(client: Client) -> None:
    def page(query: str) -> str:
        return " ".join(unescape(client.get(f"/sent/?for=confirm{query}").content.decode()).split())

    assert "take up to 40 minutes" in page("&wait=40")
    assert "take up to 4 hours" in page("&wait=220")
    for nonsense in ("", "&wait=", "&wait=-5", "&wait=x", "&wait=99999999", "&wait=²"):
        assert "take up to" not in page(nonsense)


def test_what_waits_is_bounded_at_the_cost_of_the_greedy(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(2, rate_limits.HOUR))
    monkeypatch.setattr("subscriptions.account_requests.outbox.MAX_UNDECIDED", 5)
    for number in range(20):
        sign_up_anywhere(client, f"p{number}@example.org", place=number % 2)
    for number in range(2, 5):
        sign_up_anywhere(client, f"honest{number}@example.org", place=number)
    waiting = [request.email for request in Errand.objects.order_by("turn", "id")]
    assert len(waiting) == 5
    assert {"honest3@example.org", "honest4@example.org"} < set(waiting)


def test_too_many_requests_cost_no_subscriber_a_link(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(1, rate_limits.HOUR))
    monkeypatch.setattr("subscriptions.account_requests.outbox.MAX_UNDECIDED", 2)
    settings.ERRANDS_INLINE = False
    subscribe(ada, id=FAR)
    for number in range(9):
        outbox.add(Errand.Kind.SIGN_UP, email=f"p{number}@example.org", columns=Preferences().columns())
    outbox.add(Errand.Kind.LINK, email=ada.email, turn=9)
    drain_outbox()
    assert [letter.to for letter in mail.outbox] == [["p0@example.org"], [ada.email]]
    assert Errand.objects.count() == 2


def test_no_request_waits_for_ever(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(1, rate_limits.HOUR))
    with time_machine.travel(NOON, tick=False) as clock:
        rate_limits.allow_letter("first@example.org")
        sign_up_anywhere(client, "late@example.org", place=1)
        clock.shift(MAX_AGE - rate_limits.MINUTE)
        rate_limits.allow_letter("first@example.org")
        assert Errand.objects.count() == 1
        drain_outbox(datetime.now(UTC))
        assert Errand.objects.count() == 1
        clock.shift(rate_limits.HOUR)
        rate_limits.allow_letter("first@example.org")
        drain_outbox(datetime.now(UTC))
    assert not Errand.objects.exists()


def test_a_drain_with_a_clock_ahead_ends(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(1, rate_limits.HOUR))
    for number in range(3):
        sign_up_anywhere(client, f"p{number}@example.org", place=number)
    assert drain_outbox(datetime.now(UTC) + timedelta(hours=5)) == 0
    assert Errand.objects.count() == 2


@pytest.mark.parametrize(("places", "requests", "most"), [(ONE_64, 60, 0), (ONE_48, 90, 0), (NETWORKS[:70], 140, 20)])
def test_a_flood_starves_no_honest_person(places: list[str], requests: int, most: int) -> None:
    """In full, with 10,000 requests: `python -m tests.tables attacks`."""
    told, waited = flood_domain(places, requests)
    assert told is not None
    assert waited is not None
    assert waited <= told
    assert waited <= timedelta(minutes=most)


@pytest.mark.parametrize("names", [YAHOO[:40], FASTMAIL[:40]], ids=["yahoo", "fastmail"])
def test_a_mailbox_is_not_bombed_by_its_names(names: list[str]) -> None:
    assert bomb_mailbox(names) == "6 letters in a day"


def test_a_window_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_MAILBOX", rate_limits.Limit(1, rate_limits.DAY))
    with time_machine.travel(NOON, tick=False) as clock:
        assert [rate_limits.allow_letter(ada.email) for _turn in range(2)] == [True, False]
        clock.shift(timedelta(days=1))
        assert [rate_limits.allow_letter(ada.email) for _turn in range(2)] == [True, False]
        clock.move_to(NOON - timedelta(days=300))
        assert rate_limits.allow_letter(ada.email), "a clock that was set back locks nobody out"


def test_counts_are_few_anonymous_and_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "BUCKET_BITS", 3)
    with time_machine.travel(NOON, tick=False):
        for number in range(50):
            rate_limits.allow_letter(f"p{number}@d{number}.example")
        assert 2 < Count.objects.count() <= 3 * 8
        assert not any("example" in bucket for bucket in Count.objects.values_list("bucket", flat=True))
    drain_outbox(NOON + timedelta(days=2))
    assert not Count.objects.exists()


def test_no_counter_outlives_what_the_privacy_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(1, rate_limits.HOUR))
    waits = [rate_limits.take_place(f"p{number}@example.org", 0, NOON) for number in range(40)]
    assert waits == sorted(waits)
    longest = max(limit.window for limit in vars(rate_limits).values() if isinstance(limit, rate_limits.Limit))
    assert max(Count.objects.values_list("until", flat=True)) <= NOON + longest


def test_counting_is_cheap(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    rate_limits.allow_letter(ada.email)
    with django_assert_max_num_queries(3):
        rate_limits.allow_letter(ada.email)
