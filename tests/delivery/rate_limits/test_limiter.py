"""Limits that all workers share: to everybody together, to one domain, and to one that asked us to slow down."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from digest.delivery.rate_limits import counters, limiter
from digest.delivery.rate_limits.limiter import Admission, RateLimiter
from digest.models import Pace
from tests.delivery.outbox_rows import NOW
from tests.processes import Child, shared_database

MINUTE = timedelta(minutes=1)
GMAIL = "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address."


def to(*domains: str) -> list[tuple[int, str]]:
    return list(enumerate(domains, start=1))


@pytest.mark.django_db
def test_without_limits_the_database_is_asked_once_a_minute(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    pacer = RateLimiter()
    with django_assert_num_queries(1):
        for _ in range(20):
            assert pacer.admit(to("a.org", "b.org"), NOW) == Admission([1, 2], {})
    with django_assert_num_queries(1):
        pacer.admit(to("a.org"), NOW + MINUTE)


@pytest.mark.django_db
def test_a_group_takes_few_questions_however_large_it_is(
    settings: Settings, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    settings.RATE_LIMIT, settings.DOMAIN_RATE_LIMITS = (1000, 60), {"*": (5, 60)}
    many = to(*(f"d{number % 100}.org" for number in range(400)))
    RateLimiter().admit(to("d1.org"), NOW)
    with django_assert_max_num_queries(9):
        assert len(RateLimiter().admit(many, NOW).now) == 399 + 1


@pytest.mark.django_db
def test_a_full_domain_holds_up_nobody_else(settings: Settings) -> None:
    settings.DOMAIN_RATE_LIMITS = {"gmail.com": (2, 60)}
    found = RateLimiter().admit(to("gmail.com", "gmail.com", "gmail.com", "other.org", "gmail.com", "gmail.com"), NOW)
    assert found.now == [1, 2, 4]
    assert found.later == {3: NOW + MINUTE, 5: NOW + MINUTE, 6: NOW + 2 * MINUTE}
    assert found.full_until is None


@pytest.mark.django_db
def test_a_full_provider_uses_up_no_room_of_a_domain(settings: Settings) -> None:
    settings.RATE_LIMIT, settings.DOMAIN_RATE_LIMITS = (3, 60), {"gmail.com": (2, 60)}
    found = RateLimiter().admit(to("a.org", "b.org", "gmail.com", "gmail.com", "c.org"), NOW)
    assert (found.now, found.later, found.full_until) == ([1, 2, 3], {}, NOW + MINUTE)
    assert Pace.objects.get(name="gmail.com").used == 1
    assert RateLimiter().admit(to("gmail.com", "gmail.com"), NOW + MINUTE).now == [1, 2]


@pytest.mark.django_db
def test_every_other_domain_has_the_limit_of_the_star_for_itself(settings: Settings) -> None:
    settings.DOMAIN_RATE_LIMITS = {"gmail.com": (2, 60), "*": (1, 60)}
    assert RateLimiter().admit(to("a.org", "a.org", "b.org", "gmail.com", "gmail.com"), NOW).now == [1, 3, 4, 5]


@pytest.mark.django_db
def test_two_drains_share_what_there_is(settings: Settings) -> None:
    settings.RATE_LIMIT = (5, 60)
    assert len(RateLimiter().admit(to("a.org", "a.org", "a.org"), NOW).now) == 3
    assert len(RateLimiter().admit(to("a.org", "a.org", "a.org"), NOW).now) == 2


def ask(groups: int, domains: Sequence[str]) -> int:
    """Of a worker: how many it was allowed to send at one moment."""
    pacer = RateLimiter()
    return sum(len(pacer.admit(to(*domains), NOW).now) for _ in range(groups))


@pytest.mark.django_db(transaction=True)
def test_several_processes_together_never_exceed_the_limits(tmp_path: Path) -> None:
    limits = {"RATE_LIMIT": "100/m", "DOMAIN_RATE_LIMITS": "a.org=30/m,*=40/m"}
    environment = {"DATABASE_URL": shared_database(tmp_path), "PREPRINT_POST_HOME": str(tmp_path), **limits}
    orders = (["a.org", "b.org", "c.org", "b.org"], ["c.org", "b.org", "a.org", "c.org"], ["b.org", "c.org", "a.org"])
    workers = [Child(ask, 25, domains, environment=environment) for domains in orders]
    assert sum(worker.wait() for worker in workers) == 100
    if connection.vendor == "postgresql":
        used = dict(Pace.objects.values_list("name", "used"))
        assert used.pop("") == sum(used.values()) == 100
        assert used["a.org"] <= 30
        assert max(used.values()) <= 40


@pytest.mark.django_db
def test_a_domain_rests_as_a_whole_and_longer_each_time() -> None:
    pacer, other = RateLimiter(), RateLimiter()
    pacer.rest_domain("gmail.com", GMAIL, NOW)
    for each in (pacer, other):
        assert each.admit(to("gmail.com", "a.org"), NOW) == Admission([2], {1: NOW + timedelta(minutes=5)})
    other.rest_domain("gmail.com", GMAIL, NOW + MINUTE)  # it was in flight
    assert Pace.objects.get().rest_until == NOW + timedelta(minutes=5)
    after = NOW + timedelta(minutes=5)
    assert pacer.admit(to("gmail.com"), after).now == [1]
    assert limiter.rest_domain("gmail.com", GMAIL, after) == after + timedelta(minutes=15)
    next_day = after + timedelta(days=1)
    assert limiter.rest_domain("gmail.com", GMAIL, next_day) == next_day + timedelta(minutes=5)


@pytest.mark.django_db
def test_a_rest_of_a_domain_takes_nothing_from_its_limit(settings: Settings) -> None:
    settings.RATE_LIMIT, settings.DOMAIN_RATE_LIMITS = (9, 60), {"gmail.com": (2, 60)}
    limiter.rest_domain("gmail.com", GMAIL, NOW)
    found = RateLimiter().admit(to("gmail.com", "a.org"), NOW)
    assert (found.now, list(found.later)) == ([2], [1])
    assert not Pace.objects.get(name="gmail.com").used


@pytest.mark.django_db
def test_a_clock_set_back_ends_a_rest() -> None:
    limiter.rest_domain("gmail.com", GMAIL, NOW + timedelta(hours=3))
    assert RateLimiter().admit(to("gmail.com"), NOW).now == [1]


@pytest.mark.django_db
def test_counts_of_days_gone_by_are_forgotten(settings: Settings) -> None:
    settings.DOMAIN_RATE_LIMITS = {"*": (9, 60)}
    RateLimiter().admit(to("a.org"), NOW)
    RateLimiter().admit(to("b.org"), NOW + timedelta(days=3))
    limiter.rest_domain("c.org", GMAIL, NOW + timedelta(days=3))
    assert counters.find_old_counters(NOW + timedelta(days=3)).delete()[0] == 1
    assert set(Pace.objects.values_list("name", flat=True)) == {"b.org", "c.org"}
