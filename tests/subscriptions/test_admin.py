import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from subscriptions.models import Subscriber, Suppression
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/subscriptions/subscriber/"
BLOCKED = "/admin/subscriptions/suppression/"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


def count_queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("path", [PEOPLE, BLOCKED])
def test_a_list_costs_the_same_for_5_and_for_50_rows(operator: Client, path: str) -> None:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            subscribe(ada._replace(id=number, email=f"p{number}@example.org"))
            Suppression.objects.create(email_key=f"p{number}@example.org", reason="complaint")

    fill(1, 6)
    few = count_queries(operator, path)
    fill(6, 51)
    assert count_queries(operator, path) == few


def test_people_are_found_by_a_part_of_their_address(operator: Client) -> None:
    subscribe(ada)
    assert ada.email in operator.get(f"{PEOPLE}?q=ADA@exam").content.decode()
    assert ada.email not in operator.get(f"{PEOPLE}?q=bao").content.decode()


def test_nobody_is_changed_or_added_by_hand(operator: Client) -> None:
    subscribe(ada)
    page = operator.get(f"{PEOPLE}{ada.id}/change/")
    assert page.status_code == 200
    assert 'name="email"' not in page.content.decode()
    assert operator.post(f"{PEOPLE}{ada.id}/change/", {"email": "other@example.org"}).status_code == 403
    assert operator.get(f"{PEOPLE}add/").status_code == 403
    assert Subscriber.objects.get().email == ada.email


def test_who_asks_for_it_can_be_deleted(operator: Client) -> None:
    subscribe(ada)
    operator.post(f"{PEOPLE}{ada.id}/delete/", {"post": "yes"})
    assert not Subscriber.objects.exists()


def test_blocking_an_address_by_hand_goes_the_usual_way(operator: Client) -> None:
    subscribe(ada)
    answer = operator.post(
        f"{BLOCKED}add/", {"email_key": " ADA@example.org ", "reason": "complaint", "detail": "by phone"}
    )
    assert answer.status_code == 302
    assert Suppression.objects.get().email_key == ada.email
    assert Subscriber.objects.get().status == Subscriber.Status.UNSUBSCRIBED
    assert "does not look like" in operator.post(f"{BLOCKED}add/", {"email_key": "x", "reason": "y"}).content.decode()
