"""Nothing that is sent to an address of ours is answered with an error of ours."""

from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from deploy.bounded_bodies import with_bounded_bodies
from deploy.readable_requests import drop_charset
from subscriptions.links import tokens
from subscriptions.models import Subscriber
from tests.people import ada, subscribe
from tests.web import fuzz
from tests.web.webhooks import SETTINGS, TOPICS

pytestmark = [
    pytest.mark.django_db,
    # Anymail says at every report of SendGrid's that nobody there looks after it any more.
    pytest.mark.filterwarnings("ignore:django-anymail has dropped:Warning"),
    pytest.mark.filterwarnings("ignore:Anymail's SendinBlue webhook:Warning"),
]

KEY = "k" * 32
FORM = "application/x-www-form-urlencoded"


def post(path: str, body: bytes, content_type: str = FORM, query: str = "", method: str = "POST") -> fuzz.Answer:
    """Send it to the WSGI application, with the token of a form of ours."""
    from deploy.wsgi import application

    request = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_COOKIE": f"csrftoken={KEY}",
        "HTTP_X_CSRFTOKEN": KEY,
    }
    return fuzz.send(application, request, body)


def test_hundreds_of_odd_requests_get_no_5xx(settings: Settings, tmp_path: Path) -> None:
    settings.MAILBOX, settings.ANYMAIL, settings.SES_TOPICS = tmp_path, SETTINGS, TOPICS
    answers = list(fuzz.send_odd_requests(400, seed=7))
    assert [answer.describe() for answer in answers if answer.status >= 500] == []
    # They get as far as the pages, too.
    assert {200, 302, 400, 403, 404, 405} <= Counter(answer.status for answer in answers).keys()


UNREADABLE = {
    "a charset of another language": (b"email=a", f"{FORM}; charset=utf-16", ""),
    "a charset that is no text": (b"email=a", f"{FORM}; charset=zlib", ""),
    "a charset that nobody knows": (b"email=a", f"{FORM}; charset=nonsense", ""),
    "a charset with NUL": (b"email=a", f"{FORM}; charset=\0", ""),
    "a parameter in a charset that nobody knows": (b"email=a", f"{FORM}; a*=nonsense'en'%ff", ""),
    "a form without a boundary": (b"--b", "multipart/form-data", ""),
    "a boundary that is not ASCII": (b"--b", "multipart/form-data; boundary=\xff", ""),
    "a part in no UTF-8": (
        b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\r\n--b--\r\n',
        "multipart/form-data; boundary=b",
        "",
    ),
    "NUL": (b"email=%00", FORM, ""),
    "NUL as a name": (b"%00=a", FORM, ""),
    "half a character": (b"email=%ED%A0%80", FORM, ""),
    "no UTF-8": (b"email=%ff", FORM, ""),
    "no UTF-8, as it is": (b"email=\xff", FORM, ""),
    "no UTF-8 in the query": (b"email=a", FORM, "a=%ff"),
    "NUL in the query": (b"email=a", FORM, "a=%00"),
    "too many fields": (b"&".join(b"a=1" for _ in range(1500)), FORM, ""),
}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("path", ["/", "/link/", "/preview/", "/admin/login/", "/nothing/here/", "/preferences/x/"])
def test_a_form_that_cannot_be_read_is_refused(kind: str, path: str) -> None:
    answer = post(path, *UNREADABLE[kind])
    assert (answer.status, answer.error) == (404 if path == "/nothing/here/" else 400, "")


@pytest.mark.parametrize("kind", UNREADABLE)
def test_no_unreadable_request_is_an_error_of_ours(kind: str) -> None:
    subscribe(ada)
    body, content_type, query = UNREADABLE[kind]
    for path in (f"/unsubscribe/{tokens.make('unsubscribe', ada.id)}/", "/today/", "/anymail/brevo/tracking/"):
        for method in ("GET", "POST", "PUT"):
            assert post(path, body, content_type, query, method).status < 500, (path, method)


@pytest.mark.parametrize("charset", ["", "utf-8", "UTF-8", "utf8", "us-ascii"])
def test_a_form_in_utf_8_is_read_whatever_it_calls_it(charset: str) -> None:
    content_type = f"{FORM}; charset={charset}" if charset else FORM
    assert post("/link/", b"email=ada@example.org&note=%C3%A4", content_type).status == 302


def test_a_mailed_link_opens_with_a_broken_query() -> None:
    assert post("/", b"", "", "utm=%E4", "GET").status == 200


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("multipart/form-data; boundary=b; charset=utf-16", ('multipart/form-data; boundary="b"', False)),
        ("multipart/form-data; boundary=b", ("multipart/form-data; boundary=b", True)),
        ("text/plain; charset=UTF8", ("text/plain", True)),
        ("text/plain; a*=nonsense'en'%ff", ("text/plain", False)),
        ("", ("", True)),
    ],
)
def test_a_content_type_loses_its_charset_alone(given: str, kept: tuple[str, bool]) -> None:
    assert drop_charset(given) == kept


def test_an_operators_empty_field_name_is_refused(admin_client: Client) -> None:
    assert admin_client.get("/admin/auth/user/1/change/?_to_field=").status_code == 400


@pytest.mark.parametrize("length", ["abc", "-1", "\xb2", "9" * 5000])
def test_a_length_that_is_no_number_is_no_error_of_ours(length: str) -> None:
    from deploy.wsgi import application

    request = {"REQUEST_METHOD": "POST", "PATH_INFO": "/link/", "CONTENT_TYPE": FORM, "CONTENT_LENGTH": length}
    assert fuzz.send(application, request, b"email=a").status < 500


class UnreadBody:
    def read(self, *_size: int) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("path", ["/start/", "/anymail/brevo/tracking/", "/api/v1/search"])
def test_a_larger_upload_than_we_read_is_refused_unread(path: str) -> None:
    from deploy.wsgi import application

    statuses: list[str] = []
    request = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1),
        "wsgi.input": UnreadBody(),
    }
    answer = application(request, lambda status, headers: statuses.append(status))
    assert (statuses, b"".join(answer)[:15]) == (["413 Content Too Large"], b"This is larger ")


def test_a_form_of_the_largest_size_gets_through() -> None:
    def website(environ: object, start_response: object) -> list[bytes]:
        return [b"read"]

    bounded = with_bounded_bodies(website, 10)
    assert bounded({"CONTENT_LENGTH": "10"}, lambda status, headers: None) == [b"read"]
    assert bounded({"CONTENT_LENGTH": ""}, lambda status, headers: None) == [b"read"]
    assert bounded({"CONTENT_LENGTH": "11"}, lambda status, headers: None) != [b"read"]


def test_head_is_answered_without_a_body() -> None:
    subscribe(ada)
    link = f"/unsubscribe/{tokens.make('unsubscribe', ada.id)}/"
    for path in ("/", "/today/", link, "/nothing/here/", "/admin/login/", "/favicon.ico", "/static/site.css"):
        assert post(path, b"", "", "", "HEAD").length == 0, path
        assert path == "/favicon.ico" or post(path, b"", "", "", "GET").length
    assert Subscriber.objects.get().status == Subscriber.Status.ACTIVE
