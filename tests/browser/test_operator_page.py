"""The operator's first page after a good day, a bad one, and with a paused edition: pictures, and what must hold.

`make screenshots` takes them too: var/screenshots/operator-good-1280.png and so on.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from deploy.worker_signs import leave_sign as leave_sign_of_worker
from digest.alarms.signs_of_life import CELERY_INTERVAL, leave_sign
from digest.alarms.watch import update_alarms
from digest.delivery import pause
from digest.models import (
    Delivery,
    DeliveryEvent,
    Edition,
    LedgerLine,
    ModelCall,
    Run,
    SenderCheck,
    SignOfLife,
    Version,
)
from subscriptions.models import Subscriber, Suppression
from tests.browser.test_every_page import HEIGHT, MEASURE, MIN_TARGET, PICTURES, describe_violation, write_index
from tests.people import subscribe_many
from tests.web.publishing import Draft, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1280, 768)
TODAY = date(2026, 1, 23)
NOW = datetime(2026, 1, 23, 12, 40, tzinfo=UTC)
READERS = 260
PAPERS = 119
CATEGORIES = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "hep-th", "math.CO", "stat.ML")


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def fill_yesterday() -> None:
    """Thursday went well. Of the month there are readers who came and left, and what models cost."""
    Run.objects.create(day=TODAY, source="arxiv", started_at=NOW - timedelta(days=40))
    subscribe_many(READERS, hour=8)
    for reader in Subscriber.objects.all():
        joined = NOW - timedelta(days=reader.id % 29, hours=reader.id % 7)
        Subscriber.objects.filter(pk=reader.pk).update(
            created_at=joined,
            confirmed_at=None if reader.id % 12 == 0 else joined,
            status="pending" if reader.id % 12 == 0 else "unsubscribed" if reader.id % 17 == 0 else "active",
            unsubscribed_at=joined + timedelta(days=reader.id % 5) if reader.id % 17 == 0 else None,
        )
    for number in range(9):
        at = NOW - timedelta(days=3 * number)
        Suppression.objects.create(address_hash=str(number), reason="hard_bounce", created_at=at)
    yesterday = TODAY - timedelta(days=1)
    for day in (TODAY - timedelta(days=back) for back in range(2, 12)):
        fill_ledger(day)
    edition = make_edition(yesterday, "closed")
    Edition.objects.filter(pk=edition.pk).update(closed_at=NOW - timedelta(hours=20))
    plan(edition, accepted=200, excluded=18)
    version = Version.objects.all()[0]
    calls = [
        ModelCall(version=version, language="en", model="small-1", prompt_version="1", cost="0.31", state="accepted")
        for _ in range(30)
    ]
    ModelCall.objects.bulk_create(calls)
    for back, call in enumerate(ModelCall.objects.order_by("pk")):
        cost = 0.2 + (back * 7 % 11) / 20
        ModelCall.objects.filter(pk=call.pk).update(created_at=NOW - timedelta(days=back), cost=cost)
    leave_sign("scheduler", NOW, CELERY_INTERVAL)
    SignOfLife.objects.create(name="backup", at=NOW - timedelta(hours=10))
    for queue in ("letters", "errands", "prepare"):
        leave_sign_of_worker(queue, "celery@one", NOW - timedelta(minutes=1))


def fill_ledger(day: date) -> None:
    if day.weekday() > 4:
        return
    for number, category in enumerate(CATEGORIES):
        count = 8 + 3 * number
        LedgerLine.objects.create(
            day=day, category=category, announced=count, named=count, stored=count, new=count, state="complete"
        )


def make_edition(day: date, state: str = "frozen") -> Edition:
    fill_ledger(day)
    papers = [Draft(f"26{day.day}.{number:05}", f"Paper {number}", tldr="Short.") for number in range(PAPERS)]
    edition = publish(papers, day=day, state=state)
    frozen_at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=6)
    Edition.objects.filter(pk=edition.pk).update(frozen_at=frozen_at, wanted={"en": f"{(1 << 90) - 1:x}"})
    return Edition.objects.get(pk=edition.pk)


def plan(edition: Edition, failed: int = 0, **states: int) -> None:
    """Write so many letters of each state, the failed ones refused by our own mail server."""
    readers = iter(Subscriber.objects.filter(status="active").order_by("pk").values_list("pk", flat=True))
    due = datetime.combine(edition.day, datetime.min.time(), UTC) + timedelta(hours=8)
    window = {"language": "en", "detail": "tldr", "created_at": due, "not_after": due + timedelta(hours=18)}
    rows = [
        Delivery(edition=edition, subscriber_id=next(readers), state=state, finished_at=due, **window)
        for state, count in {**states, "failed": failed}.items()
        for _ in range(count)
    ]
    for row in rows:
        if row.state == "excluded":
            row.reason = "no_match"
        if row.state == "failed":
            row.reason, row.fault = "554 5.7.1 Message refused: looks like spam", "content"
    letters = [row for row in Delivery.objects.bulk_create(rows) if row.state == "accepted"]
    for kind, letter in zip(("hard_bounce", "hard_bounce", "complaint"), letters, strict=False):
        DeliveryEvent.objects.create(delivery=letter, kind=kind, at=NOW, provider="Resend", key=f"{kind}{letter.pk}")


def a_good_day() -> None:
    plan(make_edition(TODAY), accepted=205, excluded=20)
    sender("ok", "There is a key of 2048 bits at letters._domainkey.post.example.", "")


def a_bad_day() -> None:
    """Two listings did not come, the scheduler died, our mail server refuses many letters, and our key is gone."""
    plan(make_edition(TODAY), failed=70, accepted=108, excluded=12, pending=35)
    cut = {"stored": 3, "missing": 4, "state": "partial", "note": "The listing broke off."}
    LedgerLine.objects.filter(day=TODAY, category__in=("cs.LG", "hep-th")).update(**cut)
    SignOfLife.objects.filter(name="scheduler").update(at=NOW - timedelta(hours=1), next_by=NOW - timedelta(minutes=50))
    SignOfLife.objects.filter(name__startswith="worker").update(at=NOW - timedelta(hours=1))
    wrong = "There is no DKIM key at letters._domainkey.post.example."
    sender("wrong", wrong, "Publish it: docs/deliverability.md", complained=9)


def a_paused_day() -> None:
    edition = make_edition(TODAY)
    plan(edition, failed=22, accepted=68, excluded=15, pending=120)
    pause.pause_by_itself(edition, "20 letters in a row could not be sent.", NOW - timedelta(minutes=50))
    sender("ok", "There is a key of 2048 bits at letters._domainkey.post.example.", "")


def sender(state: str, text: str, to_do: str, complained: int = 1) -> None:
    found = [["SPF", "ok", "There is one SPF record, and it names the mail server.", ""], ["DKIM", state, text, to_do]]
    SenderCheck.objects.create(
        checked_at=NOW - timedelta(minutes=25),
        report={"domain": "post.example", "findings": found},
        reported_at=NOW - timedelta(minutes=25),
        letters=1400,
        bounced=4,
        complained=complained,
    )


# What a look at the page has to show first.
DAYS: dict[Callable[[], None], tuple[str, ...]] = {
    a_good_day: ("Nothing needs you.", "Today so far"),
    a_bad_day: (
        "The papers of 2026-01-23 are not complete.",
        "35 letters of 2026-01-23 are more than half an hour late.",
    ),
    a_paused_day: ("The letters of 2026-01-23 are paused", "Let the letters of 23 January 2026 go"),
}


@pytest.mark.parametrize(
    ("day", "language"),
    [*((day, "en") for day in DAYS), (a_bad_day, "zh-hans")],
    ids=["good", "bad", "paused", "bad in Chinese"],
)
def test_one_look_says_how_the_night_went(
    browser: Browser, live_server: LiveServer, settings: Settings, day: Callable[[], None], language: str
) -> None:
    settings.DEBUG = True
    fill_yesterday()
    day()
    update_alarms(NOW)
    page, faults = open_first_page(browser, live_server, language)
    name = f"operator-{day.__name__.split('_')[1]}{'' if language == 'en' else '-zh'}"
    pictures = []
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        pictures.append(f"{name}-{width}.png")
        page.screenshot(path=PICTURES / pictures[-1], full_page=True)
        found = page.evaluate(MEASURE, MIN_TARGET)
        if found["sideways"] > 0:
            faults.append(f"{found['sideways']} pixels too wide at {width}")
        cut = page.evaluate(IS_CUT)
        faults += [f"does not fit at {width}: {each}" for each in cut]
    faults += [describe_violation(each) for each in Axe().run(page, ".overview").response["violations"]]
    write_index(name, pictures)
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    if language == "en":
        faults += [f"not at once in sight: {words}" for words in DAYS[day] if not in_sight(page, words)]
    page.context.close()
    assert not faults, "\n".join(faults)


# Parts that scroll sideways by themselves: somebody in a hurry does not see that there is more.
IS_CUT = """() => [...document.querySelectorAll(".overview section")]
  .filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.querySelector("h2").textContent)"""


def in_sight(page: Page, words: str) -> bool:
    """Return whether words stand in the part of the page that is seen without scrolling."""
    box = page.get_by_text(words).first.bounding_box()
    return box is not None and box["y"] + box["height"] <= HEIGHT


def open_first_page(browser: Browser, live_server: LiveServer, language: str) -> tuple[Page, list[str]]:
    """Open the admin as somebody who is logged in. Return the page, and what goes wrong on it."""
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(locale=language)
    context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page, faults = context.new_page(), list[str]()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    own = (live_server.url, "data:", "about:")
    page.on("request", lambda request: None if request.url.startswith(own) else faults.append(request.url))
    response = page.goto(f"{live_server.url}/admin/", wait_until="networkidle")
    assert response is not None
    assert response.status == 200
    return page, faults
