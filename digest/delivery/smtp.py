"""SMTP that can tell a letter that surely did not leave from one whose answer was lost (RFC 1047)."""

import smtplib
from typing import Any

from django.core.mail.backends import smtp

PATIENCE = 120.0
"""Seconds to wait for the answer to a whole letter. Servers scan it first; giving up early makes doubtful letters."""
END_OF_LETTER = b"\r\n.\r\n"


class AnswerLost(smtplib.SMTPServerDisconnected):
    """The whole letter went out, its last dot included, and no answer came: it may have been accepted."""


class _Client(smtplib.SMTP):
    """Remembers whether the last thing sent was the end of a letter."""

    whole_letter_sent = False

    def send(self, s: Any) -> None:
        super().send(s)
        self.whole_letter_sent = isinstance(s, bytes) and s.endswith(END_OF_LETTER)

    def getreply(self) -> tuple[int, bytes]:
        return self._answer_to_letter() if self.whole_letter_sent else super().getreply()

    def _answer_to_letter(self) -> tuple[int, bytes]:
        sock: Any = self.sock
        usual = sock.gettimeout()
        sock.settimeout(None if usual is None else max(usual, PATIENCE))
        try:
            answer = super().getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise AnswerLost(str(error)) from error
        sock.settimeout(usual)
        return answer


class _ClientWithTLS(_Client, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """Django's, with the clients above. Any other trouble than AnswerLost means that the letter did not leave."""

    tells_lost_answers = True

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _ClientWithTLS if self.use_ssl else _Client
