import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import suppression
from tests.people import ada, bao, subscribe

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
            Suppression.objects.create(address_hash=hash_address(f"p{number}@example.org"), reason="complaint")

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
    answer = operator.post(f"{BLOCKED}add/", {"email": " ADA@example.org ", "reason": "complaint"})
    assert answer.status_code == 302
    assert Suppression.objects.get().address_hash == hash_address(ada.email)
    assert Subscriber.objects.get().status == Subscriber.Status.UNSUBSCRIBED
    assert "does not look like" in operator.post(f"{BLOCKED}add/", {"email": "x", "reason": "blocked"}).content.decode()


def test_a_blocked_address_is_found_by_the_whole_of_it(operator: Client) -> None:
    """Nobody can tell whose it is but of a reader's, and of one that somebody names."""
    suppression.suppress(bao.email, "complaint")
    subscribe(ada)
    suppression.suppress(ada.email, "hard_bounce")
    page = operator.get(f"{BLOCKED}?q=BAO@example.cn").content.decode()
    assert "1 suppression" in page
    assert ada.email not in page
    assert "0 suppressions" in operator.get(f"{BLOCKED}?q=bao").content.decode()
    page = operator.get(BLOCKED).content.decode()
    assert ada.email in page
    assert bao.email not in page
    row = Suppression.objects.get(address_hash=hash_address(ada.email))
    assert ada.email in operator.get(f"{BLOCKED}{row.pk}/change/").content.decode()


def test_the_record_of_a_suppression_names_its_own_row(operator: Client) -> None:
    """Somebody deleted their data, and an operator is asked never to write to them again."""
    suppression.suppress(ada.email, "deleted")
    operator.post(f"{BLOCKED}add/", {"email": ada.email, "reason": "blocked"})
    assert LogEntry.objects.get().object_id == str(Suppression.objects.get(reason="blocked").pk)


def test_who_is_deleted_in_the_list_is_deleted_for_good(operator: Client) -> None:
    subscribe(ada)
    subscribe(bao)
    chosen = {"action": "delete_selected", "_selected_action": [ada.id, bao.id], "post": "yes"}
    operator.post(PEOPLE, chosen)
    assert suppression.find_known([ada.email, bao.email]).deleted == {ada.email, bao.email}
