"""Where a letter's links lead. The paths are those of subscriptions.urls and digest.web.urls, and never change."""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlsplit

from digest.assembly.publisher import Publisher
from digest.records import LetterOrder, PaperRecord
from subscriptions import tokens
from subscriptions.readers import Reader

ARXIV = "https://arxiv.org"
HTML_SINCE = "2312"
"""arXiv makes HTML of the papers since December 2023; a link for an older one would lead nowhere."""

_NEW_ID = re.compile(r"(\d{4})\.\d{4,5}")


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that are a reader's own."""

    unsubscribe: str
    preferences: str
    view: str
    """This letter on the web; for a letter that no delivery stands behind, its edition."""
    matches: str
    """All that matched the reader, on the web; where no delivery stands behind the letter, its edition."""
    feedback: str
    """What every feedback link begins with."""


def of_letter(publisher: Publisher, reader: Reader, order: LetterOrder, day: date) -> Links:
    """The same order gives the same links: tokens are dated with the letter, not with the clock."""

    def token(purpose: tokens.Purpose, subject: int) -> str:
        epoch = reader.key if purpose == "unsubscribe" else reader.epoch
        return tokens.make(purpose, subject, epoch, issued=order.date)

    site = publisher.site_url
    view = f"{site}/letters/{token('letter', order.delivery_id)}/" if order.delivery_id else edition(publisher, day)
    return Links(
        unsubscribe=f"{site}/unsubscribe/{token('unsubscribe', reader.id)}/",
        preferences=f"{site}/preferences/{token('manage', reader.id)}/",
        view=view,
        matches=f"{view}?all=1" if order.delivery_id else view,
        feedback=f"{site}/feedback/{token('feedback', reader.id)}",
    )


def edition(publisher: Publisher, day: date) -> str:
    return f"{publisher.site_url}/editions/{day.isoformat()}/"


def abstract(paper: PaperRecord) -> str:
    return f"{ARXIV}/abs/{quoted(paper.arxiv_id)}"


def pdf(paper: PaperRecord) -> str:
    return f"{ARXIV}/pdf/{quoted(paper.arxiv_id)}"


def html(paper: PaperRecord) -> str:
    """Empty where arXiv has none."""
    found = _NEW_ID.fullmatch(paper.arxiv_id)
    return f"{ARXIV}/html/{quoted(paper.arxiv_id)}" if found and found[1] >= HTML_SINCE else ""


def code(paper: PaperRecord) -> str:
    """The address of the code if a mail program may be sent there: `javascript:` and its kin end here."""
    try:
        parts = urlsplit(paper.code_url)
    except ValueError:
        return ""
    sound = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"[\s<>\"'\\]", paper.code_url)
    return quote(paper.code_url, safe="/:?#[]@!$&()*+,;=%~-._") if sound else ""


def quoted(arxiv_id: str) -> str:
    return quote(arxiv_id, safe="/.")
