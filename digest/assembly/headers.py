"""A letter's headers: what the great mailboxes ask of whoever writes to many. No value holds a line break."""

import re
from datetime import date
from email.utils import format_datetime
from functools import lru_cache

from digest.assembly import wording
from digest.assembly.links import Links
from digest.assembly.publisher import Publisher
from digest.assembly.text import one_line
from digest.records import LetterOrder


def of_letter(publisher: Publisher, links: Links, order: LetterOrder, day: date) -> dict[str, str]:
    """All but From, To and Subject."""
    headers = {
        "Message-ID": order.message_id,
        "Date": format_datetime(order.date),
        "List-Unsubscribe": f"<{links.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": _list_id(publisher),
        "Feedback-ID": _feedback_id(publisher, order.language, day),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": wording.html_language(order.language),
    }
    return {name: one_line(value) for name, value in headers.items()}


@lru_cache(maxsize=16)
def _list_id(publisher: Publisher) -> str:
    name = re.sub(r'[^ -~]|["\\<>]', "", publisher.site_name).strip()
    identity = f"<letters.{publisher.host}>"
    return f'"{name}" {identity}' if name else identity


@lru_cache(maxsize=64)
def _feedback_id(publisher: Publisher, code: str, day: date) -> str:
    """Day, language, kind and sender: complaints are counted by these, never by person."""
    language = wording.html_language(code)
    return f"{day:%Y%m%d}:{language}:letter:{publisher.host.replace(':', '-')}"
