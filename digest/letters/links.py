"""The addresses of a letter's links. Their paths, those of subscriptions.urls and digest.web.urls, never change."""

import re
from datetime import date
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from digest.domain import PaperRecord
from digest.letters.sender import Sender
from subscriptions.links import tokens
from subscriptions.reader import Reader

ARXIV_URL = "https://arxiv.org"
# arXiv makes HTML of the papers since December 2023; a link for an older one would lead nowhere.
FIRST_HTML_MONTH = "2312"

_NEW_ID = re.compile(r"(\d{4})\.\d{4,5}")


class ReaderLinks(NamedTuple):
    """The addresses that are a reader's own."""

    unsubscribe: bytes
    preferences: bytes
    # This letter on the web; its edition, for a letter without a delivery.
    view: bytes
    # All that matched the reader, on the web; the edition, for a letter without a delivery.
    matches: bytes
    # The beginning of every feedback link.
    feedback: bytes


class LinkSigner:
    """Makes the links of readers. It signs with the key that was in use when it was made."""

    def __init__(self, sender: Sender, day: date) -> None:
        site = sender.site_url.encode()
        self.edition = edition_url(sender, day).encode()
        self._unsubscribe, self._preferences = site + b"/unsubscribe/", site + b"/preferences/"
        self._letter, self._feedback = site + b"/letters/", site + b"/feedback/"
        self._sign_unsubscribe, self._sign_preferences = tokens.make_signer("unsubscribe"), tokens.make_signer("manage")
        self._sign_letter, self._sign_feedback = tokens.make_signer("letter"), tokens.make_signer("feedback")

    def of_letter(self, reader: Reader, delivery_id: int, second: int) -> ReaderLinks:
        """Return a letter's own links. The same order gives the same links: tokens are dated with the letter."""
        number, epoch = reader.id, reader.epoch
        body = tokens.pack_body(number, epoch, second)
        view = matches = self.edition
        if delivery_id:
            view = b"%b%b/" % (self._letter, self._sign_letter(tokens.pack_body(delivery_id, epoch, second)))
            matches = view + b"?all=1"
        return ReaderLinks(
            b"%b%b/" % (self._unsubscribe, self._sign_unsubscribe(tokens.pack_body(number, reader.key, second))),
            b"%b%b/" % (self._preferences, self._sign_preferences(body)),
            view,
            matches,
            self._feedback + self._sign_feedback(body),
        )


def max_feedback_bytes(sender: Sender) -> int:
    """Return how many bytes the beginning of a feedback link may have."""
    return len(f"{sender.site_url}/feedback/".encode()) + tokens.MAX_TOKEN_LENGTH


def edition_url(sender: Sender, day: date) -> str:
    return f"{sender.site_url}/editions/{day.isoformat()}/"


def privacy_url(sender: Sender) -> str:
    return f"{sender.site_url}/privacy/"


def selection_url(sender: Sender) -> str:
    return f"{sender.site_url}/how-papers-are-chosen/"


def abstract_url(paper: PaperRecord) -> str:
    return abstract_url_of(paper.arxiv_id)


def abstract_url_of(arxiv_id: str) -> str:
    return f"{ARXIV_URL}/abs/{quote_id(arxiv_id)}"


def pdf_url(paper: PaperRecord) -> str:
    return f"{ARXIV_URL}/pdf/{quote_id(paper.arxiv_id)}"


def html_url(paper: PaperRecord) -> str:
    """Return the address of the paper's HTML; empty where arXiv has none."""
    found = _NEW_ID.fullmatch(paper.arxiv_id)
    return f"{ARXIV_URL}/html/{quote_id(paper.arxiv_id)}" if found and found[1] >= FIRST_HTML_MONTH else ""


def code_url(paper: PaperRecord) -> str:
    """Return the address of the code; empty for one that no mail program may open, such as `javascript:`."""
    try:
        parts = urlsplit(paper.code_url)
    except ValueError:
        return ""
    is_safe = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"[\s<>\"'\\]", paper.code_url)
    return quote(paper.code_url, safe="/:?#[]@!$&()*+,;=%~-._") if is_safe else ""


def quote_id(arxiv_id: str) -> str:
    return quote(arxiv_id, safe="/.")
