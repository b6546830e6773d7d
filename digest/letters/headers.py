"""A letter's headers: what the great mailboxes ask of whoever writes to many. No value holds a line break."""

import re
from datetime import date

from digest.letters import wording
from digest.letters.prerendered import mime
from digest.letters.sender import Sender
from digest.letters.text_layout import one_line


def shared_headers(publisher: Sender, language: str, day: date) -> bytes:
    """Return the header lines that all letters of a day in one language share."""
    shared = {
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": _format_list_id(publisher),
        "Feedback-ID": _format_feedback_id(publisher, language, day),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": wording.html_language(language),
    }
    return b"".join(mime.make_header(name, one_line(value)) for name, value in shared.items())


def _format_list_id(publisher: Sender) -> str:
    name = re.sub(r'[^ -~]|["\\<>]', "", publisher.site_name).strip()
    identity = f"<letters.{publisher.host}>"
    return f'"{name}" {identity}' if name else identity


def _format_feedback_id(publisher: Sender, language: str, day: date) -> str:
    """Day, language, kind and sender: complaints are counted by these, never by person."""
    return f"{day:%Y%m%d}:{wording.html_language(language)}:letter:{publisher.host.replace(':', '-')}"
