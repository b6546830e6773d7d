"""The pages as a browser without JavaScript sees them."""

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import html5lib
import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from django.utils.timezone import now
from pytest_django import Settings

from subscriptions.account_requests.drain import drain_outbox
from subscriptions.links import tokens
from subscriptions.links.lookup import departure_epoch
from subscriptions.links.tokens import Purpose
from subscriptions.models import Errand, Subscriber
from subscriptions.preference_defaults import PAPERS_IN_FULL
from subscriptions.services import address_change
from tests.browsers import open_account
from tests.people import CAST, ada, bao, subscribe
from tests.subscriptions.letters import link_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status
SIGN_UP = {"email": "new@example.org", "filters": "attention", "language": "en", "timezone": "Europe/Paris"}
PREFERENCES = {
    "categories": ["cs.LG", "hep-th"],
    "filters": "attention\r\n-survey",
    "language": "zh",
    "timezone": "Asia/Shanghai",
    "hour": "7",
    "days": ["1", "3"],
    "papers": "5",
    "minimum": "2",
    "detail": "abstract",
}


def path(purpose: Purpose, person_id: int = ada.id, number: int = 0) -> str:
    return f"/{'preferences' if purpose == 'manage' else purpose}/{tokens.make(purpose, person_id, number)}/"


def html(response: Any) -> str:
    return str(response.content.decode())


def test_from_sign_up_to_preferences_and_out_again(client: Client) -> None:
    assert client.get("/").status_code == 200
    answer = client.post("/", {**SIGN_UP, "presets": ["vision"], "categories": ["hep-th"]})
    assert (answer.status_code, answer["Location"]) == (302, "/sent/?for=confirm")
    confirmation = link_in(outbox.outbox[0])
    assert "new@example.org" in html(client.get(confirmation))
    assert Subscriber.objects.get().status == Status.PENDING
    answer = client.post(confirmation)
    row = Subscriber.objects.get()
    assert (row.status, row.timezone, row.filters) == (Status.ACTIVE, "Europe/Paris", "attention")
    assert set(row.categories.split()) > {"hep-th", "cs.CV", "cs.RO"}
    assert "Your address is confirmed" in html(client.get(answer["Location"]))
    page = client.get("/preferences/")
    found = re.search(r"/unsubscribe/[\w-]+/", html(page))
    assert found
    leave = found[0]
    assert tokens.read("unsubscribe", leave.split("/")[2]).subject == row.id
    assert "No letters go to n…@example.org" in html(client.post(leave))
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


@pytest.mark.parametrize(("posted", "stored"), [({"timezone": "Asia/Tokyo"}, "Asia/Tokyo"), ({}, "Europe/Paris")])
def test_the_time_zone_is_asked_with_the_confirmation(client: Client, posted: dict[str, str], stored: str) -> None:
    client.post("/", SIGN_UP)
    confirmation = link_in(outbox.outbox[0])
    page = client.get(confirmation).content.decode()
    assert 'value="Europe/Paris" selected' in page
    assert "Letters come at 08:00" in page
    assert "not a time zone" in client.post(confirmation, {"timezone": "Mars"}).content.decode()
    assert Subscriber.objects.get().status == Status.PENDING
    client.post(confirmation, posted)
    row = Subscriber.objects.get()
    assert (row.status, row.timezone) == (Status.ACTIVE, stored)


def test_only_the_address_and_one_interest_are_needed(client: Client) -> None:
    client.post("/", {"email": "new@example.org", "presets": "theory", "language": "en"})
    assert "cs.DS" in Subscriber.objects.get().categories
    assert "at least one category" in html(client.post("/", {"email": "b@example.org", "language": "en"}))


def test_a_mistake_in_a_filter_is_marked_and_no_input_lost(client: Client) -> None:
    page = html(client.post("/", {**SIGN_UP, "filters": "good\nbad (part", "categories": "cs.LG", "presets": "vision"}))
    assert "<pre>bad <mark>(</mark>part</pre>" in page
    assert 'value="new@example.org"' in page
    assert "good\nbad (part</textarea>" in page
    assert 'value="cs.LG" checked' in page
    assert 'value="vision" checked' in page
    assert not Subscriber.objects.exists()


def test_one_press_mends_a_filter_and_signs_nobody_up(client: Client) -> None:
    typed = {**SIGN_UP, "filters": "LLM, RAG\nGeoffrey Hinton", "categories": "cs.LG"}
    offered = html(client.get("/", {"filters": typed["filters"]}))
    assert offered.count('name="mend"') == 2
    assert "Make it 2 filters" in offered
    page = html(client.post("/", {**typed, "mend": "1"}))
    assert "LLM, RAG\nauthor:&quot;Geoffrey Hinton&quot;</textarea>" in page
    assert f'value="{SIGN_UP["email"]}"' in page
    assert 'value="cs.LG" checked' in page
    assert not Errand.objects.exists()


def test_one_press_mends_a_filter_and_stores_nothing(client: Client) -> None:
    subscribe(ada)
    form = {**PREFERENCES, "filters": "LLM, RAG", "mend": "0"}
    page = html(open_account(client, ada.id).post("/preferences/", form))
    assert "LLM\nRAG</textarea>" in page
    assert Subscriber.objects.get().preferences().filters == ada.filters


def test_the_letter_is_shown_with_everything_typed_kept(client: Client) -> None:
    page = html(client.post("/", {**SIGN_UP, "preview": "1", "categories": ["cs.LG", "hep-th"]}))
    assert 'value="new@example.org"' in page
    assert 'value="hep-th" checked' in page
    page = html(client.get("/?categories=cs.LG&filters=attention&presets=vision&email=stranger@example.org"))
    assert 'value="cs.LG" checked' in page
    assert "\nattention</textarea>" in page
    assert "stranger" not in page
    assert outbox.outbox == []


@pytest.mark.parametrize(
    ("find", "code"), [("cs.NA", "math.NA"), ("math.it", "cs.IT"), ("NLP", "cs.CL"), ("networks", "cs.NE")]
)
@pytest.mark.parametrize("page", ["/", "/preferences/"])
def test_the_category_box_finds_without_a_script(client: Client, page: str, find: str, code: str) -> None:
    subscribe(ada)
    form = {**PREFERENCES, "categories": "hep-th", "find": find}
    response = open_account(client, ada.id).post(page, form)
    root = html5lib.parse(html(response), namespaceHTMLElements=False)
    boxes = [box.get("value") for box in root.iter("input") if box.get("name") == "categories"]
    assert code in boxes[:12]
    assert len(boxes) == len(set(boxes)) == 149
    assert 'value="hep-th" checked' in html(response)
    assert Subscriber.objects.get().preferences().categories == ada.categories


def test_with_nothing_new_in_the_category_box_the_form_is_sent(client: Client) -> None:
    client.post("/", {**SIGN_UP, "find": "nlp", "found": "nlp"})
    assert Subscriber.objects.get().filters == "attention"
    assert "No category has such a name." in html(client.post("/", {**SIGN_UP, "find": "zzz"}))


@pytest.mark.parametrize(
    ("wrong", "field"), [({"email": "x"}, "email"), ({"filters": "(open"}, "filters"), ({"filters": ""}, "filters")]
)
def test_the_page_begins_at_the_field_with_a_problem(client: Client, wrong: dict[str, str], field: str) -> None:
    root = html5lib.parse(html(client.post("/", SIGN_UP | wrong)), namespaceHTMLElements=False)
    assert [each.get("id") for each in root.iter() if each.get("autofocus") is not None] == [field]


def test_few_keys_lead_to_the_address(client: Client) -> None:
    root = html5lib.parse(html(client.get("/")), namespaceHTMLElements=False)
    stops = [
        each.get("id") or each.tag
        for each in root.iter()
        if each.tag in ("a", "button", "input", "select", "textarea", "summary")
        and each.get("tabindex") != "-1"
        and each.get("type") != "hidden"
    ]
    assert stops.index("email") < 8


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_front_page_is_light(client: Client, language: str) -> None:
    assert len(client.get("/", headers={"accept-language": language}).content) < 60_000


def test_presets_show_what_they_hold(client: Client) -> None:
    assert "cs.LG stat.ML cs.AI cs.NE" in html(client.get("/"))


def test_promised_letters_come_once_the_mail_server_is_back(client: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    subscribe(ada, id=1_000_001)
    assert client.post("/", SIGN_UP)["Location"] == "/sent/?for=confirm"
    assert client.post("/link/", {"email": ada.email})["Location"] == "/sent/?for=link"
    assert client.post(f"{path('manage', 1_000_001)}delete/")["Location"] == "/sent/?for=delete"
    assert outbox.outbox == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert drain_outbox(datetime.now(UTC) + timedelta(minutes=2)) == 3
    assert [letter.to for letter in outbox.outbox] == [["new@example.org"], [ada.email], [ada.email]]


def test_preferences_show_what_is_stored(client: Client) -> None:
    subscribe(bao, timezone="US/Eastern", hour=17, days=0b0000101)
    page = html(open_account(client, bao.id).get("/preferences/"))
    for part in (
        'value="hep-th" checked',
        "attention</textarea>",
        'value="US/Eastern" selected',
        'value="17" selected',
        'value="zh" lang="zh" selected',
        'value="1" checked',
        'value="3" checked',
        bao.email,
    ):
        assert part in page
    assert 'value="2" checked' not in page


def test_preferences_say_how_many_papers_are_told_in_full_and_what_becomes_of_too_few(client: Client) -> None:
    subscribe(ada)
    page = html(open_account(client, ada.id).get("/preferences/"))
    assert f"The first {PAPERS_IN_FULL['tldr']} papers of a letter say that much" in page
    assert f"it is the first {PAPERS_IN_FULL['abstract']}." in page
    assert "If fewer match, they wait for the next letter." in page


def test_preferences_lead_to_the_papers_that_one_saved(client: Client) -> None:
    subscribe(ada)
    assert 'href="/saved/"' in html(open_account(client, ada.id).get("/preferences/"))
    assert client.get("/saved/").status_code == 200


def test_preferences_can_be_changed(client: Client) -> None:
    subscribe(ada)
    answer = open_account(client, ada.id).post("/preferences/", PREFERENCES)
    assert answer.status_code == 302
    preferences = Subscriber.objects.get().preferences()
    assert (preferences.categories, preferences.filters) == (("cs.LG", "hep-th"), ("attention", "-survey"))
    assert (preferences.language, preferences.timezone, preferences.hour, preferences.days) == (
        "zh",
        "Asia/Shanghai",
        7,
        0b101,
    )
    assert (preferences.papers, preferences.minimum, preferences.detail) == (5, 2, "abstract")
    assert "Saved." in html(client.get(answer["Location"]))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("filters", '"open', "no partner"),
        ("categories", "cs.LX", "not an arXiv category"),
        ("timezone", "Mars", "not a time zone"),
        ("hour", "24", "whole number from 0 to 23"),
        ("days", [], "at least one day"),
        ("papers", "31", "whole number from 1 to 30"),
        ("minimum", "0", "whole number from 1 to 10"),
        ("detail", "all", "not one of"),
        ("language", "fr", "not a language we write in"),
    ],
)
def test_wrong_preferences_are_explained_and_not_stored(
    client: Client, name: str, value: str | list[str], problem: str
) -> None:
    subscribe(ada)
    page = html(open_account(client, ada.id).post("/preferences/", {**PREFERENCES, name: value}))
    assert problem in page
    assert "Nothing was saved yet" in page
    assert Subscriber.objects.get().preferences().hour == ada.hour


def test_letters_can_be_paused_and_taken_up_again(client: Client) -> None:
    subscribe(ada)
    with time_machine.travel(NOON, tick=False):
        pause = "/preferences/pause/"
        assert open_account(client, ada.id).get(pause).status_code == 200
        for wrong in ("", "tomorrow", "2026-01-23", "2027-02-01"):
            assert "error" in html(client.post(pause, {"until": wrong}))
        answer = client.post(pause, {"until": "2026-02-14"})
        assert Subscriber.objects.get().paused_until == date(2026, 2, 14)
        assert "paused until 14 February 2026" in html(client.get(answer["Location"]))
        answer = client.post(pause, {"resume": "1"})
        assert "paused until" not in html(client.get(answer["Location"]))
    assert Subscriber.objects.get().paused_until == NOON.date()


def test_the_address_changes_after_a_button_at_the_new_one(client: Client) -> None:
    subscribe(ada)
    open_account(client, ada.id)
    change = "/preferences/address/"
    assert ada.email in html(client.get(change))
    assert "does not look like" in html(client.post(change, {"email": "x"}))
    assert client.post(change, {"email": "new@example.net"})["Location"] == "/sent/?for=address"
    confirmation = link_in(outbox.outbox[0])
    assert "new@example.net" in html(client.get(confirmation))
    assert Subscriber.objects.get().email == ada.email
    answer = client.post(confirmation)
    assert Subscriber.objects.get().email == "new@example.net"
    assert "Your letters now go to the new address" in html(client.get(answer["Location"]))
    assert client.get(confirmation).status_code == 400


def test_an_address_that_somebody_took_first_is_explained(client: Client) -> None:
    row = subscribe(ada)
    address_change.request_address_change(row, bao.email)
    subscribe(bao)
    answer = client.post(link_in(outbox.outbox[0]))
    assert answer.status_code == 409
    assert "subscription of its own" in html(answer)


def test_people_can_take_their_data_with_them_and_be_forgotten(client: Client) -> None:
    subscribe(ada)
    export = open_account(client, ada.id).get("/preferences/export/")
    assert export.json()["email"] == ada.email
    assert "attachment" in export["Content-Disposition"]
    ask = "/preferences/delete/"
    assert client.get(ask).status_code == 200
    assert client.post(ask)["Location"] == "/sent/?for=delete"
    fresh = link_in(outbox.outbox[0])
    kept = "Only a number made of your address with a secret key stays"
    asked = html(client.get(fresh))
    assert ada.email in asked
    assert kept in asked
    assert Subscriber.objects.exists()
    assert kept in html(client.post(fresh))
    assert not Subscriber.objects.exists()
    assert client.get(path("manage")).status_code == 410
    assert client.get("/preferences/")["Location"] == "/link/"


def test_a_mail_program_unsubscribes_with_one_post() -> None:
    subscribe(ada)
    answer = Client(enforce_csrf_checks=True).post(path("unsubscribe"), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


BODIES = {
    "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="x"\r\n\r\nOne-Click',
    "multipart/form-data": b"no boundary",
    "multipart/form-data; boundary=\xe9": b"a foreign boundary",
    "text/plain": b"List-Unsubscribe=One-Click",
    "application/json": b'{"instead": "undo"',
    "application/x-www-form-urlencoded": b"List-Unsubscribe=One-Click&instead=nothing&instead=%FF%00",
    "application/x-www-form-urlencoded; charset=utf-16": b"\xff\xfei\0n\0",
    "application/x-www-form-urlencoded; charset=nonsense": b"\xff",
    "application/x-www-form-urlencoded; charset=base64": b"instead",
    "application/octet-stream": bytes(range(256)) * 40_000,
    "": b"",
    "application/x-www-form-urlencoded;": b"a=1&" * 4000,
}


@pytest.mark.parametrize("content_type", BODIES)
def test_any_post_unsubscribes_whatever_its_body(content_type: str) -> None:
    subscribe(ada)
    mail_program = Client(enforce_csrf_checks=True)
    answer = mail_program.generic("POST", path("unsubscribe"), BODIES[content_type], content_type=content_type)
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_a_body_that_breaks_off_or_never_comes_unsubscribes() -> None:
    subscribe(ada)

    class Broken(BytesIO):
        def read(self, *size: object) -> bytes:
            raise OSError("the client hung up")

    form = "application/x-www-form-urlencoded"
    for length, body in (("400", BytesIO(b"List-Unsub")), ("many", BytesIO(b"x")), ("400", Broken())):
        Subscriber.objects.update(status=Status.ACTIVE)
        environ = {"CONTENT_LENGTH": length, "wsgi.input": body, "CONTENT_TYPE": form}
        assert Client().post(path("unsubscribe"), **environ).status_code == 200  # type: ignore[arg-type]
        assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def undo_token_in(page: str) -> str:
    found = re.search(r'name="undo" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("instead", ["undo", "weekly", "fewer", "pause"])
def test_the_page_that_says_goodbye_has_a_way_back(client: Client, instead: str) -> None:
    subscribe(ada)
    page = html(client.post(path("unsubscribe")))
    assert f'value="{instead}"' in page
    answer = client.post(path("unsubscribe"), {"instead": instead, "undo": undo_token_in(page)})
    assert answer.status_code == 200
    assert Subscriber.objects.get().status == Status.ACTIVE
    assert "Unsubscribe after all" in html(answer)


def test_only_the_page_that_says_goodbye_has_a_way_back(client: Client) -> None:
    subscribe(ada)
    client.post(path("unsubscribe"))
    for page in (client.get(path("unsubscribe")), client.post(path("unsubscribe"))):
        assert 'value="undo"' not in html(page)
    for instead in ("undo", "weekly", "fewer", "pause"):
        for undo_token in ("", "x", tokens.make("unsubscribe", ada.id), tokens.make("undo", ada.id)):
            answer = client.post(path("unsubscribe"), {"instead": instead, "undo": undo_token})
            assert answer.status_code in (400, 410)
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_whoever_left_comes_back_by_a_mailed_link(client: Client) -> None:
    subscribe(ada, consent_at=NOON, confirmed_at=NOON)
    client.post(path("unsubscribe"))
    assert 'value="link"' in html(client.get(path("unsubscribe")))
    assert client.post(path("unsubscribe"), {"instead": "link"})["Location"] == "/sent/?for=account"
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED
    client.post(link_in(outbox.outbox[0]))
    assert "You have unsubscribed" in html(client.get("/preferences/"))
    client.post("/preferences/pause/", {"resume": "1"})
    row = Subscriber.objects.get()
    assert row.status == Status.ACTIVE
    assert row.consent_at
    assert row.consent_at > NOON


def test_somebody_deleted_is_told_that_they_are_out(client: Client) -> None:
    for answer in (client.get(path("unsubscribe", 99)), client.post(path("unsubscribe", 99))):
        assert answer.status_code == 200
        assert "No letters go to you any more" in html(answer)


def token_paths() -> list[str]:
    """Return pages in Ada's own browser, pages behind a letter of Bao's, and those behind single links."""
    account = [f"/preferences/{page}" for page in ("", "export/", "pause/", "address/", "links/", "delete/")]
    behind_letter = [f"{path('manage', bao.id)}{page}" for page in ("", "pause/", "delete/")]
    return [*account, *behind_letter, path("confirm"), path("unsubscribe"), path("delete"), path("account")]


def test_looking_never_changes_anything(client: Client) -> None:
    subscribe(ada, paused_until=date(2030, 1, 1))
    for person in CAST[1:]:
        subscribe(person)
    open_account(client, ada.id)
    before = list(Subscriber.objects.values().order_by("id"))
    for page in ["/", "/sent/", "/link/", *token_paths()]:
        for method in (client.get, client.head):
            assert method(f"{page}?resume=1&instead=weekly&until=2030-01-01").status_code == 200, page
    assert list(Subscriber.objects.values().order_by("id")) == before
    assert outbox.outbox == []


@pytest.mark.parametrize(
    "page",
    [f"/{page}/{{}}/" for page in ("preferences", "confirm", "account", "unsubscribe", "delete", "address", "restore")],
)
def test_a_link_that_never_worked_leads_on(client: Client, page: str) -> None:
    for token in ("x", "a" * 34, "../../admin", "%00", "💥"):
        for method in (client.get, client.post):
            answer = method(page.format(token))
            assert answer.status_code in {400, 404}
            # The header's link, which leads strangers to /link/.
            assert answer.status_code == 404 or 'href="/preferences/"' in html(answer)


def test_an_old_link_is_gone_and_leads_on(client: Client) -> None:
    subscribe(ada)
    with time_machine.travel(datetime.now(UTC) - timedelta(days=121)):
        old = [path("manage"), path("confirm"), path("delete"), path("account")]
    for page in old:
        answer = client.get(page)
        assert answer.status_code == 410
        assert "too old" in html(answer)


def test_pages_behind_links_are_never_cached(client: Client) -> None:
    subscribe(ada)
    subscribe(bao)
    open_account(client, ada.id)
    for page in [*token_paths(), "/preferences/x/"]:
        answer = client.get(page)
        assert answer["Cache-Control"] == "no-store, private"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] == "same-origin"


def test_other_methods_are_refused(client: Client) -> None:
    assert client.put("/").status_code == 405
    assert client.delete(path("unsubscribe")).status_code == 405
    assert client.post("/sent/").status_code == 405


def test_pages_are_sound_labelled_and_small(client: Client) -> None:
    subscribe(ada)
    subscribe(bao)
    open_account(client, ada.id)
    for page in ["/", "/sent/", "/link/", *token_paths(), "/preferences/x/"]:
        if page.endswith("export/"):
            continue
        content = client.get(page).content
        assert len(content) < 100_000
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(content.decode())
        assert len(tree.findall(".//h1")) == 1
        ids = [each.get("id") for each in tree.iter() if each.get("id")]
        assert len(ids) == len(set(ids))
        labelled = {each.get("for") for each in tree.iter("label")}
        wrapped = {each for label in tree.iter("label") for each in label.iter("input")}
        for field in [*tree.iter("input"), *tree.iter("select"), *tree.iter("textarea")]:
            has_name = field.get("id") in labelled or field in wrapped or field.get("aria-label")
            assert field.get("type") == "hidden" or has_name


def test_every_problem_is_tied_to_its_field(client: Client) -> None:
    """By `aria-invalid` and `aria-describedby`, for people who hear the page."""
    subscribe(ada)
    subscribe(bao)
    open_account(client, ada.id)
    wrong = {"filters": '"open', "timezone": "Mars", "hour": "24", "papers": "31", "minimum": "0", "detail": "all"}
    sent = [
        ("/", {**SIGN_UP, "email": "x", "language": "fr"}, {"email", "language"}),
        ("/link/", {"email": "x"}, {"email"}),
        ("/preferences/address/", {"email": ""}, {"email"}),
        ("/preferences/pause/", {"until": "tomorrow"}, {"until"}),
        ("/preferences/", {**PREFERENCES, **wrong, "language": "fr"}, {*wrong, "language"}),
        (path("manage", bao.id), {"days": ["1"], "hour": "24", "papers": "6"}, {"hour", "papers"}),
        (f"{path('manage', bao.id)}pause/", {"until": "tomorrow"}, {"until"}),
    ]
    for page, values, invalid in sent:
        tree = html5lib.parse(client.post(page, values).content.decode(), namespaceHTMLElements=False)
        marked = [each for each in tree.iter() if each.get("aria-invalid")]
        assert {each.get("id") for each in marked} == invalid
        texts = {each.get("id"): " ".join(each.itertext()).strip() for each in tree.iter() if each.get("id")}
        for each in marked:
            problems = [name for name in each.get("aria-describedby").split() if name.endswith("error")]
            assert [bool(texts[name]) for name in problems] == [True]


def test_pages_speak_chinese_too(client: Client) -> None:
    page = html(client.get("/", headers={"accept-language": "zh-CN,zh;q=0.9"}))
    assert 'lang="zh-hans"' in page
    assert 'value="zh" lang="zh" selected' in page
    assert "退订链接" in page
    assert "计算机视觉与模式识别" in page
    assert 'data-names="Computer Vision and Pattern Recognition' in page


def test_nothing_is_called_saved_that_was_refused(client: Client) -> None:
    subscribe(ada)
    page = "/preferences/?notice=saved"
    assert "Saved." in html(open_account(client, ada.id).get(page))
    assert "Saved." not in html(client.post(page, {**PREFERENCES, "hour": "24"}))


def test_on_the_day_a_pause_ends_no_page_speaks_of_it() -> None:
    subscribe(ada, paused_until=NOON.date())
    for moment, is_paused in ((NOON - timedelta(days=1), True), (NOON, False)):
        with time_machine.travel(moment, tick=False):
            pages = (Client().get(path("manage")), open_account(Client(), ada.id).get("/preferences/"))
            assert ["paused until" in html(page) for page in pages] == [is_paused, is_paused]


def test_whoever_never_agreed_is_offered_no_way_back(client: Client) -> None:
    subscribe(ada, status=Status.PENDING, consent_at=None, confirmed_at=None)
    page = html(client.post(path("unsubscribe")))
    assert all(f'value="{instead}"' not in page for instead in ("undo", "weekly", "fewer", "pause"))
    assert client.post(path("unsubscribe"), {"instead": "undo"}).status_code == 400


@pytest.mark.parametrize(
    ("backend", "is_led"),
    [
        ("digest.delivery.transports.mailbox.MailboxBackend", True),
        ("digest.delivery.transports.smtp_backend.EmailBackend", False),
    ],
)
def test_only_an_installation_that_keeps_letters_leads_to_them(
    client: Client, settings: Settings, backend: str, is_led: bool
) -> None:
    settings.DEBUG, settings.EMAIL_BACKEND = True, backend
    page = client.get("/sent/?for=confirm").content.decode()
    assert ("its letters are in the local mailbox" in page) is is_led
    assert ("Mailbox of this machine" in page) is is_led


@pytest.mark.parametrize(
    ("form", "says_goodbye"), [({"from": "page"}, True), ({"List-Unsubscribe": "One-Click"}, False), ({}, False)]
)
def test_our_own_button_alone_is_answered_by_a_goodbye_letter(
    client: Client, form: dict[str, str], says_goodbye: bool
) -> None:
    row = subscribe(ada)
    path = f"/unsubscribe/{tokens.make('unsubscribe', row.id)}/"
    assert '<input type="hidden" name="from" value="page">' in html(client.get(path))
    client.post(path, form)
    assert Errand.objects.filter(kind="goodbye").exists() == says_goodbye


def test_the_link_of_a_goodbye_letter_brings_the_letters_back_by_a_button(client: Client) -> None:
    row = subscribe(ada, status="unsubscribed", unsubscribed_at=now())
    path = f"/return/{tokens.make('return', row.id, departure_epoch(row))}/"
    assert "Press the button" in html(client.get(path))
    assert Subscriber.objects.get().status == "unsubscribed"
    assert "Your letters go on as before." in html(client.post(path))
    assert Subscriber.objects.get().status == "active"
    assert client.get(path).status_code == 410
