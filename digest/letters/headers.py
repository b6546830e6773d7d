"""A letter's headers, as large mailbox providers ask for them. No value holds a line break."""

from datetime import date
from email.header import Header
from email.utils import quote

from digest.letters import wording
from digest.letters.sender import Sender
from digest.letters.text_layout import one_line


def shared_headers(sender: Sender, language: str, day: date) -> dict[str, str]:
    """Return the headers that all letters of a day in one language share, by name.

    The others are a letter's own: From, To, Reply-To, Subject (subject.py), Date, List-Unsubscribe (links.py), and the
    Message-ID, which message_id.py makes of the delivery's id.
    """
    headers = {
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": _format_list_id(sender),
        "Feedback-ID": _format_feedback_id(sender, language, day),
        "Auto-Submitted": "auto-generated",
        # `All` would stop bounces as well: Exchange then sends no reports of letters that cannot be delivered.
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Content-Language": wording.html_language(language),
    }
    return {name: one_line(value) for name, value in headers.items()}


def _format_list_id(sender: Sender) -> str:
    """Return the site's name, encoded where it has to be (RFC 2047), and the list's identifier (RFC 2919)."""
    name, identity = one_line(sender.site_name), f"<letters.{sender.host}>"
    if not name:
        return identity
    phrase = f'"{quote(name)}"' if name.isascii() else Header(name, "utf-8").encode()
    return f"{phrase} {identity}"


def _format_feedback_id(sender: Sender, language: str, day: date) -> str:
    """Return day, language, kind and sender: complaints are counted by these, never by person."""
    return f"{day:%Y%m%d}:{wording.html_language(language)}:letter:{sender.host.replace(':', '-')}"
