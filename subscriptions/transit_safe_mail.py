"""Mail that arrives as it was written.

Above all no line of its bodies begins with `From `. Mailboxes in one file (mbox, RFC 4155) know by such a line where a
letter begins, so that many mail servers and programs change it into `>From `, and break a signature over the body.
"""

import re
from typing import Any

from django.core.mail import EmailMultiAlternatives

# Characters of an encoded line, by RFC 2045, 6.7.
MAX_ENCODED_LINE = 76
# Characters of a header's line; RFC 5322 allows 998.
MAX_HEADER_LINE = 900

_FROM_LINE = re.compile(r"(?:^|(?<=[\r\n]))(?=From )")


def indent_from_lines(text: str) -> str:
    """Return *text* with a space before each `From ` that begins a line. Nobody sees it in HTML, and hardly in text."""
    return _FROM_LINE.sub(" ", text)


def encode_from_lines(encoded: str) -> str:
    """Return quoted-printable text, in which lines break between any two words, without a line that begins so."""
    return "\n".join(_encode_from(line) if line.startswith("From ") else line for line in encoded.split("\n"))


def _encode_from(line: str) -> str:
    line = f"=46{line.removeprefix('F')}"
    if len(line) <= MAX_ENCODED_LINE:
        return line
    end = MAX_ENCODED_LINE - len("=")
    # An encoded character, such as =C3, stays whole.
    escape = line.rfind("=", end - 2, end)
    end = end if escape < 0 else escape
    return f"{line[:end]}=\n{line[end:]}"


class TransitSafeMessage(EmailMultiAlternatives):
    """A message whose encoded parts have no line that begins with `From `, and whose headers are not folded.

    Its texts went through `indent_from_lines`. A signed link is one long word, and so is an encoded subject: where
    headers are folded their value begins on the second line, which is legal but read wrongly by some.
    """

    def message(self, **options: Any) -> Any:
        message: Any = super().message(**options)
        message.policy = message.policy.clone(max_line_length=MAX_HEADER_LINE)
        for part in message.walk():
            if part["Content-Transfer-Encoding"] == "quoted-printable":
                part.set_payload(encode_from_lines(part.get_payload()))
        return message
