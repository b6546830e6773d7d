"""What somebody can do who was forwarded a letter, by its links and whatever the pages behind them offer."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from digest.delivery.letter_order import order_for_delivery
from digest.editions import load, reader_feedback
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Delivery, Paper
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.selectors import get_readers
from subscriptions.services.preferences import change_preferences
from tests.people import ada, subscribe
from tests.web.publishing import Draft, publish

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
EVE = "eve@example.net"
SECRETS = ("quantum", "cs.LG")
PREFERENCES = {
    "filters": "advertising",
    "language": "en",
    "timezone": "UTC",
    "hour": "3",
    "days": list("1234567"),
    "papers": "30",
    "minimum": "1",
    "detail": "abstract",
}


def forward_letter() -> dict[str, str]:
    """Send Ada a letter and return the paths of its links by their first part: `preferences`, `unsubscribe` …"""
    reader = subscribe(ada, id=1_000_001, filters="quantum", categories="cs.LG", papers=10, days=0b0000001)
    papers = [Draft("2601.00001", "The chosen one", tldr="In short."), Draft("2601.00002", "Saved once")]
    delivery = Delivery.objects.create(
        edition=publish(papers),
        subscriber=reader,
        state="accepted",
        picks=[[0, 1.0, []]],
        matched=2,
        language="en",
        detail="tldr",
        created_at=timezone.now(),
    )
    reader_feedback.record_feedback(reader.id, Paper.objects.get(arxiv_id="2601.00002"), "save")
    renderer = LetterRenderer(load.load_contents(delivery.edition), Sender.from_settings())
    html = renderer.letter(get_readers([reader.id])[reader.id], order_for_delivery(delivery)).html
    paths = re.findall(r'href="https://post\.example(/[^"]+)"', html)
    return {path.split("/")[1]: unescape(path) for path in paths}


@dataclass
class Attack:
    """An attempt, what came of it once, and what must come of it."""

    name: str
    once: str
    now: str
    attempt: Callable[[Client, dict[str, str]], str]


def read_address(stranger: Client, letter: dict[str, str]) -> str:
    seen = [name for name, page in _visit(stranger, letter) if ada.email in page]
    return f"shown by {', '.join(dict.fromkeys(seen))}" if seen else "nowhere"


def read_interests(stranger: Client, letter: dict[str, str]) -> str:
    seen = [name for name, page in _visit(stranger, letter) if any(f"{word}<" in page for word in SECRETS)]
    seen += [name for name, page in _visit(stranger, letter) if f'value="{SECRETS[1]}" checked' in page]
    seen += ["all=1"] if "which you follow" in _read(stranger.get(f"{letter['letters']}?all=1")) else []
    return f"shown by {', '.join(dict.fromkeys(seen))}" if seen else "nowhere"


def read_saved_papers(stranger: Client, letter: dict[str, str]) -> str:
    token = letter["feedback"].split("/")[2]
    pages = [stranger.get(path, follow=True) for path in (f"/saved/{token}/", f"/saved/{token}/bibtex/", "/saved/")]
    return "listed" if any("Saved once" in _read(page) for page in pages) else "nowhere"


def reset_signals(stranger: Client, letter: dict[str, str]) -> str:
    """What the reader marked, and what counts in their letters."""
    stranger.post("/signals/", {"popularity": "much"})
    for what in ("saved", "likes", "filters", "categories"):
        stranger.post(f"/signals/reset/{what}/")
    row = Subscriber.objects.get()
    told = "told" if "Empty my list" in _read(stranger.get("/signals/", follow=True)) else "not told"
    kept = f"{row.feedback.count()} mark, {row.filters} in {row.categories}"
    return f"{told}; {kept}, off: {row.switched_off or 'nothing'}"


def download_everything(stranger: Client, letter: dict[str, str]) -> str:
    paths = (f"{letter['preferences']}export/", "/preferences/export/")
    return "downloaded" if any(ada.email in _read(stranger.get(path)) for path in paths) else "refused"


def take_over(stranger: Client, letter: dict[str, str]) -> str:
    for path in (f"{letter['preferences']}address/", "/preferences/address/"):
        stranger.post(path, {"email": EVE})
    for sent in mail.outbox:
        found = re.search(r"https://post\.example(/address/\S+)", str(sent.body))
        if sent.to == [EVE] and found:
            stranger.post(found[1])
    return f"letters go to {Subscriber.objects.get().email}"


def change_interests(stranger: Client, letter: dict[str, str]) -> str:
    for path in (letter["preferences"], "/preferences/"):
        stranger.post(path, PREFERENCES)
    return f"filters: {Subscriber.objects.get().filters}"


def bring_more_letters(stranger: Client, letter: dict[str, str]) -> str:
    for path in (letter["preferences"], "/preferences/"):
        for changes in ({"days": "1"}, {"papers": "10"}, {}):
            stranger.post(path, {**PREFERENCES, **changes})
    row = Subscriber.objects.get()
    return f"{row.papers} papers on {row.days.bit_count()} days"


def shorten_pause(stranger: Client, letter: dict[str, str]) -> str:
    Subscriber.objects.update(paused_until=date(2026, 6, 1))
    for path in (f"{letter['preferences']}pause/", "/preferences/pause/"):
        stranger.post(path, {"until": "2026-01-30"})
        stranger.post(path, {"resume": "1"})
    stranger.post(letter["unsubscribe"], {"instead": "pause"})
    return f"paused until {Subscriber.objects.get().paused_until}"


def bring_back(stranger: Client, letter: dict[str, str]) -> str:
    """Ada left by one click of her mail program a day ago."""
    Client().post(letter["unsubscribe"], {"List-Unsubscribe": "One-Click"})
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        return _press_all_ways_back(stranger, letter)


def bring_back_at_once(stranger: Client, letter: dict[str, str]) -> str:
    """Ada left a minute ago; the page that said goodbye is hers alone."""
    Client().post(letter["unsubscribe"], {"List-Unsubscribe": "One-Click"})
    return _press_all_ways_back(stranger, letter)


def read_old_letter(stranger: Client, letter: dict[str, str]) -> str:
    with time_machine.travel(NOON + timedelta(days=121), tick=False):
        codes = {name: stranger.get(letter[name]).status_code for name in ("letters", "feedback", "preferences")}
        left = stranger.post(letter["unsubscribe"]).status_code == 200
    opened = [name for name, code in codes.items() if code == 200]
    return f"opens {', '.join(opened) or 'nothing'}; unsubscribing {'works' if left else 'fails'}"


def read_todays_interests(stranger: Client, letter: dict[str, str]) -> str:
    """Ada changed her interests since; does the old letter tell?"""
    then = re.findall(r"<h2.*?</h2>", _read(stranger.get(f"{letter['letters']}?all=1")))
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        change_preferences(Subscriber.objects.get(), Preferences(filters=("nothing",)))
    now = re.findall(r"<h2.*?</h2>", _read(stranger.get(f"{letter['letters']}?all=1")))
    return "shows what matched then" if now == then else "shows what matches today"


def flood_mailbox(stranger: Client, letter: dict[str, str]) -> str:
    for minute in range(0, 24 * 60, 15):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            stranger.post(f"{letter['preferences']}delete/")
            stranger.post(f"{letter['preferences']}link/")
    return f"{len(mail.outbox)} letters in a day"


def delete_account(stranger: Client, letter: dict[str, str]) -> str:
    for path in (f"{letter['preferences']}delete/", "/preferences/delete/"):
        stranger.post(path)
    assert {address for sent in mail.outbox for address in sent.to} <= {ada.email}
    token = letter["preferences"].split("/")[2]
    stranger.post(f"/delete/{token}/")
    return "deleted" if not Subscriber.objects.exists() else "the reader is asked"


ATTACKS = [
    Attack("Read the address", "shown by letters, preferences, unsubscribe", "nowhere", read_address),
    Attack("Read the interests", "shown by preferences, all=1", "nowhere", read_interests),
    Attack("List the saved papers", "listed", "nowhere", read_saved_papers),
    Attack(
        "Reset what counts in letters",
        "there was no such page",
        "not told; 1 mark, quantum in cs.LG, off: nothing",
        reset_signals,
    ),
    Attack("Download everything", "downloaded", "refused", download_everything),
    Attack("Move the account to oneself", f"letters go to {EVE}", f"letters go to {ada.email}", take_over),
    Attack("Change the interests", "filters: advertising", "filters: quantum", change_interests),
    Attack("Bring more letters", "30 papers on 7 days", "10 papers on 1 days", bring_more_letters),
    Attack("Shorten a pause", "paused until 2026-02-20", "paused until 2026-06-01", shorten_pause),
    Attack("Bring back who left a day ago", "active", "unsubscribed", bring_back),
    Attack("Bring back who left a minute ago", "active", "unsubscribed", bring_back_at_once),
    Attack("Delete the account", "the reader is asked", "the reader is asked", delete_account),
    Attack(
        "Open a letter of 121 days ago",
        "opens letters, feedback; unsubscribing works",
        "opens nothing; unsubscribing works",
        read_old_letter,
    ),
    Attack("Follow changed interests", "shows what matches today", "shows what matched then", read_todays_interests),
    Attack("Flood the mailbox", "96 letters in a day", "12 letters in a day", flood_mailbox),
]


def _press_all_ways_back(stranger: Client, letter: dict[str, str]) -> str:
    for path in (f"{letter['preferences']}pause/", "/preferences/pause/"):
        stranger.post(path, {"resume": "1"})
    for instead in ("undo", "weekly", "fewer", "pause"):
        page = _read(stranger.get(letter["unsubscribe"])) + _read(stranger.post(letter["unsubscribe"]))
        hidden = re.search(r'name="undo" value="([^"]+)"', page)
        stranger.post(letter["unsubscribe"], {"instead": instead, "undo": hidden[1] if hidden else ""})
    return str(Subscriber.objects.get().status)


def _visit(stranger: Client, letter: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the pages that the letter's links lead to, and those one step further, by the name of the link."""
    for name in ("letters", "preferences", "unsubscribe", "feedback"):
        answer = stranger.get(letter[name], follow=True)
        yield name, _read(answer)
        for path in re.findall(r'href="(/(?:preferences|saved|unsubscribe|letters)/[^"]+)"', _read(answer)):
            yield name, _read(stranger.get(unescape(path), follow=True))


def _read(answer: Any) -> str:
    return str(answer.content.decode(errors="replace"))
