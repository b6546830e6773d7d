"""SMTP that can tell a letter that surely did not leave from one whose reply was lost (RFC 1047)."""

import smtplib
import time
from collections.abc import Callable
from io import BufferedReader
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address
from django.utils.translation import gettext as _

from digest.delivery.message import message_bytes
from digest.delivery.sending_errors import ReplyLost

# Seconds to wait for the reply to a whole letter. Servers scan it first; giving up early makes doubtful letters.
FINAL_REPLY_TIMEOUT = 120.0
# Seconds for any other reply as a whole, however it arrives.
MAX_REPLY_SECONDS = 60.0
MAX_REPLY_LINES = 200
# The only code that smtplib takes as positive.
SMTP_ACCEPTED = 250
END_OF_LETTER = b"\r\n.\r\n"
# What smtplib raises where it cannot read what a server offers or asks: a challenge that is no Base64, say.
NONSENSE_ERRORS = (ValueError, LookupError, TypeError)


def describe_connection_error(error: Exception, server: str = "") -> str:
    """Return why a mail server cannot be used, for an operator, with its host and port; EMAIL_URL's if not given."""
    server = server or f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        reason = f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    else:
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
    return _("No connection to the mail server %(server)s: %(reason)s") % {"server": server, "reason": reason}


class _ReplyReader:
    """Reads a server's lines for a bounded time: a byte now and then, or lines without end, must not hold us up."""

    def __init__(self, file: Any) -> None:
        self.file: BufferedReader = file
        self.begin(0)

    def begin(self, seconds: float) -> None:
        self.lines, self.deadline = 0, time.monotonic() + seconds

    def readline(self, limit: int) -> bytes:
        self.lines += 1
        if self.lines > MAX_REPLY_LINES:
            raise smtplib.SMTPServerDisconnected("the server's answer does not end")
        line = bytearray()
        while len(line) < limit and not line.endswith(b"\n"):
            if time.monotonic() > self.deadline:
                raise TimeoutError("the server answers too slowly")
            waiting = self.file.peek(1)
            if not waiting:
                break
            line += self.file.read(min(limit - len(line), waiting.find(b"\n") + 1 or len(waiting)))
        return bytes(line)

    def close(self) -> None:
        self.file.close()


class _Utf8Text(str):
    """A text whose bytes are UTF-8, whatever encoding they are asked for in."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode("utf-8", errors)


class _Client(smtplib.SMTP):
    """Remembers whether the last thing sent was the end of a letter, and bounds the wait for each reply."""

    whole_letter_sent = False

    def login(self, user: str, password: str, *, initial_response_ok: bool = True) -> tuple[int, bytes]:
        return super().login(user, _Utf8Text(password), initial_response_ok=initial_response_ok)

    def auth(
        self, mechanism: str, authobject: Callable[..., str | None], *, initial_response_ok: bool = True
    ) -> tuple[int, bytes]:
        """Authenticate in UTF-8, as RFC 4616 asks. smtplib would fail for a character that ASCII does not have."""

        def answer_in_utf8(*challenge: bytes) -> str | None:
            answer = authobject(*challenge)
            return None if answer is None else _Utf8Text(answer)

        return super().auth(mechanism, answer_in_utf8, initial_response_ok=initial_response_ok)  # type: ignore[arg-type]

    def send(self, s: Any) -> None:
        super().send(s)
        self.whole_letter_sent = isinstance(s, bytes) and s.endswith(END_OF_LETTER)

    def getreply(self) -> tuple[int, bytes]:
        return self._read_final_reply() if self.whole_letter_sent else self._read_reply(MAX_REPLY_SECONDS)

    def _read_reply(self, seconds: float) -> tuple[int, bytes]:
        client: Any = self
        if client.file is None:
            client.file = _ReplyReader(client.sock.makefile("rb"))
        client.file.begin(seconds)
        return super().getreply()

    def _read_final_reply(self) -> tuple[int, bytes]:
        """Return the reply to the whole letter: any 2xx accepts it (RFC 5321, 4.2.1), no reply leaves it in doubt."""
        sock: Any = self.sock
        usual_timeout = sock.gettimeout()
        sock.settimeout(None if usual_timeout is None else max(usual_timeout, FINAL_REPLY_TIMEOUT))
        try:
            code, text = self._read_reply(FINAL_REPLY_TIMEOUT)
        except (smtplib.SMTPException, OSError) as error:
            raise ReplyLost(str(error)) from error
        sock.settimeout(usual_timeout)
        if not 200 <= code < 300 and not 400 <= code < 600:
            raise ReplyLost(f"{code} {text.decode('utf-8', 'replace')}")
        return (SMTP_ACCEPTED if code < 300 else code), text


class _ClientWithTLS(_Client, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """Django's backend, with the clients above. Any other error than ReplyLost means that the letter did not leave."""

    def open(self) -> bool | None:
        """Open a connection where there is none, and return whether there was none, as Django's backend does.

        Django's own says in EHLO what this machine calls itself, for which the resolver may take half a minute.
        A server whose answers make no sense raises SMTPException, as every other that cannot be used.
        """
        if self.connection:
            return False
        try:
            self.connection = self._connect()
        except OSError:
            if self.fail_silently:
                return None
            raise
        return True

    def _connect(self) -> Any:
        options: dict[str, Any] = {"timeout": self.timeout} if self.timeout is not None else {}
        if self.use_ssl:
            options["context"] = self.ssl_context
        client: Any = self.connection_class(self.host, self.port, local_hostname=settings.EHLO_NAME, **options)
        try:
            if self.use_tls:
                client.starttls(context=self.ssl_context)
            if self.username and self.password:
                client.login(self.username, self.password)
            client.ehlo_or_helo_if_needed()
        except NONSENSE_ERRORS as error:
            client.close()
            raise smtplib.SMTPException(f"the server's answer makes no sense ({error})") from error
        except BaseException:
            client.close()
            raise
        return client

    def _send(self, email_message: EmailMessage) -> bool:
        """Send as Django does, but the bytes that a letter gives by itself. Raises every error."""
        if not email_message.recipients():
            return False
        encoding = email_message.encoding or settings.DEFAULT_CHARSET
        recipients = [sanitize_address(each, encoding) for each in email_message.recipients()]
        sender = sanitize_address(email_message.from_email, encoding)
        connection: Any = self.connection
        connection.sendmail(sender, recipients, message_bytes(email_message))
        return True

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _ClientWithTLS if self.use_ssl else _Client
