"""Strict readers of the environment, and a list of what they read.

Each raises ImproperlyConfigured with a sentence that names the variable and says what it may be.
"""

import json
import math
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.headerregistry import Address
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple, Never
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url
import idna
from django.core.exceptions import ImproperlyConfigured

MIN_SECRET_KEY_LENGTH = 32
MIN_WEBHOOK_PASSWORD_LENGTH = 16
# What is drawn at random has many more.
MIN_DIFFERENT_CHARACTERS = 8
HOW_TO_MAKE_A_KEY = (
    "Set it to a long random text, the same on every machine, for example the output of:"
    " python -c 'import secrets; print(secrets.token_urlsafe(50))'"
)
# What stands in examples and lists. Nothing drawn at random has one of these.
KNOWN_IN_SECRETS = ("12345678", "abcdefgh", "change", "example", "insecure", "not-kept", "password", "qwerty", "secret")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# Letters in so many seconds.
Rate = tuple[int, int]
DATABASE_ENGINES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")
DEFAULT_MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}
BROKER_URL = re.compile(r"(rediss?|filesystem)://|redis\+socket:///.")
# The name may hold anything but a second address: whoever writes it shall not have to know what RFC 5322 quotes.
MAILBOX = re.compile(r"(?:(?P<name>\".*\"|[^<>]*?)\s*<(?P<bracketed>[^<>\s]+)>|(?P<bare>[^<>\s]+))")
LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
DSN = re.compile(r"https?://[\w-]+(:[\w-]*)?@[\w.\[\]:-]+(/[\w./-]*)?/\d+", re.ASCII)
IPV4 = re.compile(r"\d+(?:\.\d+){3}", re.ASCII)
ADDRESS_LITERAL = re.compile(r"\[(?:IPv6:[0-9A-Fa-f:.]+|[0-9.]+)\]")
# The last @ ends the password and the first colon begins it, so that it may hold every character as it is.
MAIL_SERVER_URL = re.compile(
    r"(?P<scheme>[a-z+]+)://(?:(?P<user>[^:]*)(?::(?P<password>.*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^@:/?#\[\]\s]+)(?::(?P<port>\d{1,5}))?/?",
    re.ASCII,
)
# All up to the last @ belongs to it: see MAIL_SERVER_URL.
URL_PASSWORD = re.compile(r"[^:/]*://[^:]*:(?P<password>.*)@")
MIN_HIDDEN_LENGTH = 6
# Of the many settings of providers.
LIKE_SECRET = re.compile("KEY|PASSWORD|SECRET|TOKEN")
# Stands where a value is a secret.
HIDDEN = "…"
CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
TRUE_WORDS, FALSE_WORDS = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


@dataclass(frozen=True, slots=True)
class MailServer:
    """The place letters go to. The defaults are Django's own; a backend that is not SMTP does not read them."""

    backend: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    use_ssl: bool = False
    use_tls: bool = False

    def as_backend_arguments(self) -> dict[str, Any]:
        """Return the arguments of `django.core.mail.get_connection`."""
        return {
            "backend": self.backend,
            "host": self.host,
            "port": self.port,
            "username": self.user,
            "password": self.password,
            "use_ssl": self.use_ssl,
            "use_tls": self.use_tls,
        }


class Origin(StrEnum):
    """Where the value of a setting comes from. That of a key may be a file, which is named by its path."""

    ENVIRONMENT = "environment"
    DOTENV = ".env"
    DEFAULT = "default"


class SettingInForce(NamedTuple):
    """A name that was read: its value, with a sign in the place of what is secret, and where that comes from."""

    name: str
    shown: str
    origin: str


class Environment:
    """Reads *variables*, and remembers what it read."""

    def __init__(self, variables: MutableMapping[str, str]) -> None:
        self.variables = variables
        # By name, the lines of .env on which it stands.
        self.dotenv_lines: dict[str, list[int]] = {}
        self._of_dotenv: set[str] = set()
        self._in_force: dict[str, SettingInForce] = {}
        self._secrets: set[str] = set()

    def list_settings(self) -> list[SettingInForce]:
        """Return every name that was read, in the order of their first reading."""
        return list(self._in_force.values())

    def list_secrets(self) -> tuple[str, ...]:
        """Return the keys and passwords that were read, the longest first. Shorter ones are parts of many words."""
        found = {each for each in self._secrets if len(each) >= MIN_HIDDEN_LENGTH}
        return tuple(sorted(found, key=lambda secret: (-len(secret), secret)))

    def _note(self, name: str, shown: str, *, is_set: bool, origin: str = Origin.DEFAULT) -> None:
        """Remember what was read. *origin* is that of a value which is not set."""
        if is_set:
            origin = Origin.DOTENV if name in self._of_dotenv else Origin.ENVIRONMENT
        self._in_force[name] = SettingInForce(name, shown, origin)

    def load_dotenv(self, path: Path) -> None:
        """Put the `NAME=value` lines of *path* into the environment; what is set already wins."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        except UnicodeDecodeError as error:
            raise ImproperlyConfigured(f"{path} is not in UTF-8. Save it in that encoding.") from error
        for number, line in enumerate(lines, start=1):
            line = line.strip().removeprefix("export ")
            if not line or line.startswith("#"):
                continue
            name, sign, value = line.partition("=")
            name = name.strip()
            if not sign or not name.isidentifier():
                raise ImproperlyConfigured(f"{path}, line {number}: expected NAME=value.")
            self.dotenv_lines.setdefault(name, []).append(number)
            if name not in self.variables:
                self.variables[name] = _unquote_value(value)
                self._of_dotenv.add(name)

    def text(self, name: str, default: str = "", *, show: Callable[[str], str] = str) -> str:
        """Read a text without spaces around it. An empty one counts as not set.

        *show* makes of the text what may be shown of it.
        """
        value = self.variables.get(name, "").strip()
        self._note(name, show(value or default), is_set=bool(value))
        if show is _hide_credentials:
            self._secrets.update(_find_passwords(value))
        return value or default

    def line(self, name: str, default: str = "") -> str:
        """Read a text that goes into headers of mail: it has no line break and no other control character."""
        value = self.text(name, default)
        if CONTROL_CHARACTERS.search(value):
            raise ImproperlyConfigured(f"{name} is {value!r}; write it on one line, without control characters.")
        return value

    def secret(self, name: str, default: str = "") -> str:
        """Read a text as it is, with the spaces around it. It is shown nowhere."""
        value = self.variables.get(name, "")
        self._note(name, _hide(value or default), is_set=bool(value))
        self._secrets.add(value)
        return value or default

    def key(self, name: str) -> str:
        """Read a text without spaces around it that is shown nowhere. It may be several words, each a secret."""
        value = self.text(name, show=_hide)
        self._secrets.update(value.split())
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read 1 or 0, true or false, yes or no, on or off."""
        value = self.variables.get(name)
        if value is not None and value.strip().lower() not in TRUE_WORDS | FALSE_WORDS:
            raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")
        found = default if value is None else value.strip().lower() in TRUE_WORDS
        self._note(name, str(int(found)), is_set=value is not None)
        return found

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        """Read a whole number from *least* to *most*."""
        value = self.text(name, str(default))
        found = int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else -1
        if found < least or (most is not None and found > most):
            allowed = f"{least} or more" if most is None else f"from {least} to {most}"
            raise ImproperlyConfigured(f"{name} is {value!r}; set it to a whole number, {allowed}.")
        return found

    def trusted_proxies(self) -> int:
        """Read how many proxies of ours stand before the site, one behind another: none without BEHIND_PROXY."""
        is_behind = self.flag("BEHIND_PROXY")
        found = self.number("TRUSTED_PROXIES", 1, least=int(is_behind), most=10)
        if found > 1 and not is_behind:
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES is {found}; it counts only with BEHIND_PROXY=1, so set that too."
            )
        return found if is_behind else 0

    def amount(self, name: str, default: str) -> Decimal:
        """Read an amount of US dollars, such as 0.15."""
        value = self.text(name, default)
        if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value, re.ASCII):
            raise ImproperlyConfigured(f"{name} is {value!r}; set it to a number of US dollars such as 0.15.")
        return Decimal(value)

    def json_object(self, name: str, *, reserved: Collection[str] = ()) -> dict[str, Any]:
        """Read a JSON object without the *reserved* keys. Where none is set it is empty."""
        # Its value is not shown: it may hold a password of the service.
        wrong = ImproperlyConfigured(f'{name} is no JSON object; write it on one line, such as {{"temperature": 0.2}}.')
        try:
            found = json.loads(
                self.text(name, show=_hide) or "{}", parse_constant=_refuse_constant, parse_float=_parse_finite
            )
        except (ValueError, RecursionError):
            raise wrong from None
        if not isinstance(found, dict):
            raise wrong
        if taken := sorted(found.keys() & set(reserved)):
            raise ImproperlyConfigured(f"{name} sets {', '.join(taken)}; leave that out, as we set it ourselves.")
        return found

    def duration(self, name: str, default: str, *, least: timedelta, most: timedelta) -> timedelta:
        """Read a time such as 30m, 18h or 2d."""
        value = self.text(name, default)
        parts = re.fullmatch(r"(\d{1,6})([smhd])", value, re.ASCII)
        found = timedelta(seconds=int(parts[1]) * UNIT_SECONDS[parts[2]]) if parts else timedelta(0)
        if not least <= found <= most:
            limits = f"from {_format_duration(least)} to {_format_duration(most)}"
            raise ImproperlyConfigured(f"{name} is {value!r}; set it to a time {limits}, written like 30m, 18h or 2d.")
        return found

    def rate(self, name: str) -> Rate | None:
        """Read a limit such as 600/m. Return None where nothing is set."""
        value = self.text(name)
        return _parse_rate(name, value) if value else None

    def rates(self, name: str) -> dict[str, Rate]:
        """Read limits such as gmail.com=100/m,*=20/m, by domain in lower case. `*` stands for every other domain."""
        found: dict[str, Rate] = {}
        items = self.text(name).removesuffix(",")
        for item in items.split(",") if items else ():
            domain, value = _parse_domain_rate(name, item.strip())
            if domain in found:
                raise ImproperlyConfigured(f"{name} has {domain} twice; write each domain once.")
            found[domain] = _parse_rate(name, value)
        return found

    def address(self, name: str, default: str = "") -> str:
        """Read an http(s) address and return it without a slash at its end."""
        value = self.text(name, default, show=_hide_credentials).rstrip("/")
        parts = _split_url(value)
        if value and not (parts and parts.scheme in {"http", "https"} and parts.hostname):
            shown = _hide_credentials(value)
            raise ImproperlyConfigured(f"{name} is {shown!r}; set it to a full address such as https://example.org.")
        return value

    def addresses(self, name: str) -> list[str]:
        """Read http(s) addresses with blanks between them, each as it is written. Such an address is a secret."""
        found = self.key(name).split()
        for value in found:
            parts = _split_url(value)
            if not (parts and parts.scheme in {"http", "https"} and parts.hostname):
                raise ImproperlyConfigured(
                    f"{name} has what is no address; set it to full ones, with blanks between them."
                )
        return found

    def dsn(self, name: str) -> str:
        """Read where Sentry takes reports: an http(s) address with a key as its user and a number at its end."""
        value = self.key(name)
        if value and not DSN.fullmatch(value):
            # Not the value: whoever has it can send reports.
            raise ImproperlyConfigured(
                f"{name} is not understood. Copy it from the project's settings, Client Keys (DSN):"
                " https://key@sentry.example.org/1"
            )
        return value

    def site_address(self, name: str, default: str) -> str:
        """Read the http(s) address of a whole host, and return it as `scheme://host:port`.

        An international host is returned in ASCII. A path would be lost: the addresses of the pages begin at the host.
        """
        value = self.address(name, default)
        parts = urlsplit(value)
        if "@" in parts.netloc:
            raise ImproperlyConfigured(f"{name} holds a user or a password; write https://{parts.hostname} alone.")
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else _read_host(name, value, str(parts.hostname))
        whole = f"{parts.scheme}://{host}:{parts.port}" if parts.port else f"{parts.scheme}://{host}"
        if parts.path or parts.query or parts.fragment:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; the site needs a host of its own and cannot stand below a path: write {whole}"
                " without anything after it, or make a host such as https://post.example.org for it."
            )
        return whole

    def host(self, name: str, default: str) -> str:
        """Read the name of a host, and return it in ASCII. An IP address comes in brackets (RFC 5321, 4.1.3)."""
        value = self.text(name, default)
        if ADDRESS_LITERAL.fullmatch(value):
            return value
        found = _read_host(name, value, value)
        return f"[{found}]" if IPV4.fullmatch(found) else found

    def hosts(self, name: str) -> list[str]:
        """Read names and addresses of hosts with blanks between them, in ASCII; addresses without brackets."""
        return [word if _is_ip_address(word) else _read_host(name, word, word) for word in self.text(name).split()]

    def name_servers(self, name: str) -> list[tuple[str, int]] | None:
        """Read addresses of name servers with blanks between them, each perhaps with a port: 9.9.9.9 [::1]:5353.

        Return None for `none`.
        """
        value = self.text(name)
        return None if value == "none" else [_parse_name_server(name, word) for word in value.split()]

    def mailbox(self, name: str, default: str = "") -> str:
        """Read `Name <address>` or an address, and return it as RFC 5322 writes it; *default* where nothing is set.

        The name is quoted where it has to be, and not encoded: mail libraries do that, and providers want it readable.
        The host of the address is returned in ASCII.
        """
        value = self.text(name, default)
        if not self.variables.get(name, "").strip():
            return default
        found = MAILBOX.fullmatch(value)
        local, at, domain = ((found["bracketed"] or found["bare"]) if found else "").rpartition("@")
        if not found or not at or not LOCAL_PART.fullmatch(local) or CONTROL_CHARACTERS.search(value):
            raise ImproperlyConfigured(
                f"{name} is {value!r}; write one address, letters@post.example.org, or a name and an address,"
                " Preprint Post <letters@post.example.org>. What stands before the @ is plain ASCII."
            )
        return str(Address(_read_name(found["name"] or ""), local, _read_host(name, value, domain)))

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Read one of *allowed*, whatever its case."""
        value = self.text(name, default)
        found = next((each for each in allowed if each.lower() == value.lower()), None)
        if found is None:
            raise ImproperlyConfigured(f"{name} is {value!r}; set it to one of: {', '.join(allowed)}.")
        return found

    def broker(self, name: str, default: str) -> str:
        """Read the address of Celery's broker. One that is wrong is not shown: it may hold a password."""
        value = self.text(name, default, show=_hide_credentials)
        if not BROKER_URL.match(value) or _split_url(value) is None:
            raise ImproperlyConfigured(
                f"{name} is not understood. Set it to redis://host:6379/0, rediss://host:6379/0 (with TLS),"
                " redis+socket:///path/to/socket, or filesystem://localhost for folders on this machine."
            )
        return value

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Read the address of a database and return it as an entry of Django's DATABASES."""
        value = self.text(name, default, show=_hide_credentials)
        found: dict[str, Any] = {}
        with suppress(ValueError, KeyError, dj_database_url.ParseError):
            found = dict(dj_database_url.parse(value))
        if found.get("ENGINE") not in DATABASE_ENGINES:
            raise ImproperlyConfigured(
                f"{name} is not understood. Set it to postgres://user:password@host/name or sqlite:////path/to/file."
                " In a password, signs such as @ and / are written as %40 and %2F."
            )
        return found

    def secret_key(self, home: Path, *, production: bool) -> str:
        """Return SECRET_KEY; on a laptop a key made at the first start and kept in *home*, so that links stay valid."""
        if value := self.key("SECRET_KEY"):
            if production and _is_weak(value, MIN_SECRET_KEY_LENGTH):
                raise ImproperlyConfigured(
                    f"SECRET_KEY can be guessed: it has fewer than {MIN_SECRET_KEY_LENGTH} characters, repeats a few,"
                    f" or has words of examples. Whoever guesses it can sign links of every reader. {HOW_TO_MAKE_A_KEY}"
                )
            return value
        if production:
            raise ImproperlyConfigured(f"SECRET_KEY is not set. {HOW_TO_MAKE_A_KEY}")
        self._note("SECRET_KEY", HIDDEN, is_set=False, origin=str(home / "secret_key"))
        key = _read_or_make_key(home / "secret_key", "links sent before end")
        self._secrets.add(key)
        return key

    def suppression_key(self, home: Path, secret_key: str, *, production: bool) -> str:
        """Return SUPPRESSION_KEY; on a laptop a key made at the first start and kept in *home*. It never changes.

        Raises:
            ImproperlyConfigured: in production it is missing, can be guessed, or is *secret_key*, which may change.
        """
        value = self.key("SUPPRESSION_KEY")
        if production and not value:
            raise ImproperlyConfigured(
                f"SUPPRESSION_KEY is not set. {HOW_TO_MAKE_A_KEY} Never change it, and keep it with each backup: those"
                " who must not be written to are known by it."
            )
        if production and value == secret_key:
            raise ImproperlyConfigured(
                f"SUPPRESSION_KEY is the same as SECRET_KEY, which may have to change; this one never does."
                f" {HOW_TO_MAKE_A_KEY}"
            )
        if production and _is_weak(value, MIN_SECRET_KEY_LENGTH):
            raise ImproperlyConfigured(
                f"SUPPRESSION_KEY can be guessed: it has fewer than {MIN_SECRET_KEY_LENGTH} characters, repeats a few,"
                " or has words of examples. Whoever guesses it can find out whose addresses are blocked."
                f" {HOW_TO_MAKE_A_KEY}"
            )
        if value:
            return value
        self._note("SUPPRESSION_KEY", HIDDEN, is_set=False, origin=str(home / "suppression_key"))
        key = _read_or_make_key(home / "suppression_key", "addresses blocked before are not known by it")
        self._secrets.add(key)
        return key

    def former_secret_keys(self, *, production: bool) -> list[str]:
        """Return SECRET_KEY_FALLBACKS: keys of before, which links are still checked against.

        Raises:
            ImproperlyConfigured: in production one of them can be guessed. Whoever guesses it signs links as well as
                with SECRET_KEY itself.
        """
        keys = self.key("SECRET_KEY_FALLBACKS").split()
        if production and any(_is_weak(key, MIN_SECRET_KEY_LENGTH) for key in keys):
            raise ImproperlyConfigured(
                "A key in SECRET_KEY_FALLBACKS can be guessed, so that a stranger could sign links of every reader."
                " Leave it out: links in letters that it signed end, and the letters after them have new ones."
            )
        return keys

    def mail_server(self, name: str) -> MailServer:
        """Read smtp://, smtps://, smtp+tls:// or consolemail://. Where nothing is set, letters become files.

        A password may hold every character as it is. An address that is wrong is not shown: it may hold one.
        """
        url = self.text(name, show=_hide_credentials)
        if not url:
            return MailServer("digest.delivery.transports.mailbox.MailboxBackend")
        if url.startswith("consolemail:"):
            return MailServer("django.core.mail.backends.console.EmailBackend")
        parts = MAIL_SERVER_URL.fullmatch(url)
        port = int(parts["port"] or DEFAULT_MAIL_PORTS.get(parts["scheme"], 0)) if parts else 0
        if parts is None or parts["scheme"] not in DEFAULT_MAIL_PORTS or not 0 < port < 65_536:
            raise ImproperlyConfigured(
                f"{name} must be smtp://user:password@host:port, smtps://…, smtp+tls://… or consolemail://."
                " A port is a number from 1 to 65535. Write a colon in the user as %3A, and a % that two of 0-9 and a-f"
                " follow as %25."
            )
        host = parts["host"]
        return MailServer(
            "digest.delivery.transports.smtp_backend.EmailBackend",
            host=host.strip("[]") if host.isascii() else _read_host(name, host, host),
            port=port,
            user=unquote(parts["user"] or ""),
            password=unquote(parts["password"] or ""),
            use_ssl=parts["scheme"] == "smtps",
            use_tls=parts["scheme"] == "smtp+tls",
        )

    def with_prefix(self, prefix: str) -> dict[str, str]:
        """Return all variables that begin with *prefix*, without it. Most are keys: they are shown nowhere.

        ANYMAIL_RESEND_API_KEY is Anymail's RESEND_API_KEY.
        """
        found = {name: value for name, value in self.variables.items() if name.startswith(prefix)}
        for name, value in found.items():
            self._note(name, _hide(value), is_set=bool(value))
            if LIKE_SECRET.search(name):
                self._secrets.add(value)
        return {name.removeprefix(prefix): value for name, value in found.items()}


def _unquote_value(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].strip()


def _hide(value: str) -> str:
    return HIDDEN if value else ""


def _hide_credentials(url: str) -> str:
    """Return *url* without user and password, and without the values of its query.

    Some mail providers take a key as user. All up to the last @ counts: a password may have / and ? in it.
    """
    before, sign, rest = url.partition("://")
    _, at, place = rest.rpartition("@")
    shown = f"{before}{sign}{HIDDEN}@{place}" if sign and at else url
    return re.sub(r"(?<=[?&])([^=&#]*)=[^&]*", rf"\1={HIDDEN}", shown)


def _find_passwords(url: str) -> Iterator[str]:
    """Yield the password of *url*, and the values of its query, as they are written and as they are meant."""
    parts = URL_PASSWORD.match(url)
    for found in (parts["password"] if parts else "", *re.findall(r"[?&][^=&#]*=([^&]*)", url)):
        yield found
        yield unquote(found)


def _parse_finite(word: str) -> float:
    """Return a number; raise ValueError for `1e999`, which Python reads as infinite and no JSON can say again."""
    number = float(word)
    return number if math.isfinite(number) else _refuse_constant(word)


def _refuse_constant(word: str) -> Never:
    raise ValueError(f"{word} is no JSON")


def _format_duration(time: timedelta) -> str:
    """Write *time* in the largest unit that leaves no remainder."""
    seconds = int(time.total_seconds())
    unit = max((unit for unit in UNIT_SECONDS if seconds % UNIT_SECONDS[unit] == 0), key=UNIT_SECONDS.__getitem__)
    return f"{seconds // UNIT_SECONDS[unit]}{unit}"


def _parse_domain_rate(name: str, item: str) -> tuple[str, str]:
    parts = re.fullmatch(r"(\*|[a-z0-9-]+(?:\.[a-z0-9-]+)+)\s*=\s*([^\s;=]+)", item.lower(), re.ASCII)
    if not parts:
        wrong = repr(item) if item else "nothing between two commas"
        example = "gmail.com=100/m,qq.com=30/m,*=20/m"
        raise ImproperlyConfigured(f"{name} has {wrong}; write domain=limit, commas between them, such as {example}.")
    return parts[1], parts[2]


def _parse_rate(name: str, value: str) -> Rate:
    parts = re.fullmatch(r"(\d{1,9})/([smhd])", value, re.ASCII)
    if not parts or not int(parts[1]):
        raise ImproperlyConfigured(
            f"{name} has {value!r}; write how many letters in a second, minute, hour or day: 600/m."
        )
    return int(parts[1]), UNIT_SECONDS[parts[2]]


def _read_name(written: str) -> str:
    """Return the name of a mailbox, without quotes around it, and decoded where it is encoded (RFC 2047)."""
    if len(written) > 1 and written[0] == written[-1] == '"':
        written = re.sub(r"\\(.)", r"\1", written[1:-1])
    try:
        return str(make_header(decode_header(written)))
    except (HeaderParseError, LookupError, ValueError):
        return written


def _read_host(name: str, value: str, host: str) -> str:
    """Return *host* in ASCII (IDNA 2008, mapped as browsers do). *value* is what the whole setting says."""
    try:
        found = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        found = ""
    if not HOST.fullmatch(found):
        raise ImproperlyConfigured(f"{name} is {value!r}; {host!r} is no name of a host such as post.example.org.")
    return found


def _parse_name_server(name: str, word: str) -> tuple[str, int]:
    parts = re.fullmatch(r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<v4>[0-9.]+))(?::(?P<port>\d{1,5}))?", word, re.ASCII)
    host, port = (parts["bracketed"] or parts["v4"], int(parts["port"] or 53)) if parts else (word, 53)
    if not _is_ip_address(host) or not 0 < port < 65_536:
        raise ImproperlyConfigured(
            f"{name} has {word!r}; write addresses of name servers with blanks between them, such as 9.9.9.9 or"
            " 127.0.0.1:5353, or none to ask nobody."
        )
    return host, port


def _is_ip_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


def _split_url(url: str) -> SplitResult | None:
    """Return None where *url* cannot be split, or its port is not one."""
    try:
        parts = urlsplit(url)
        return None if parts.port == 0 else parts
    except ValueError:
        return None


def private_folder(path: Path) -> None:
    """Make *path* for its owner only, as letters and addresses are kept there. One that exists stays as it is."""
    try:
        if not path.is_dir():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"PREPRINT_POST_HOME is {path}, which cannot be used ({error.strerror}). Name a folder that the user who"
            " runs this may write to."
        ) from error


def private_file(name: str) -> None:
    """Make an empty file for its owner only. SQLite gives the files beside its own the same rights."""
    path = Path(name)
    if name.startswith((":", "file:")) or not path.parent.is_dir():
        return
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return  # it exists already, or the database will say why it cannot open it


def _is_weak(value: str, least: int) -> bool:
    """Return whether a secret is shorter than *least*, repeats a few characters, or has words of examples."""
    is_known = any(word in value.lower() for word in KNOWN_IN_SECRETS)
    return len(value) < least or len(set(value)) < MIN_DIFFERENT_CHARACTERS or is_known


def refuse_weak_webhook_secret(given: str) -> None:
    """Raise ImproperlyConfigured if ANYMAIL_WEBHOOK_SECRET can be guessed: who knows it has readers given up."""
    name, _, password = given.partition(":")
    if given and (not name or _is_weak(password, MIN_WEBHOOK_PASSWORD_LENGTH)):
        raise ImproperlyConfigured(
            "ANYMAIL_WEBHOOK_SECRET can be guessed. Set it to a name, a colon and a random password of at least"
            f" {MIN_WEBHOOK_PASSWORD_LENGTH} characters, for example the output of:"
            " python -c 'import secrets; print(\"post:\" + secrets.token_urlsafe(24))'"
        )


def _read_or_make_key(path: Path, loss: str) -> str:
    """Return the key in *path*. A missing one is written whole or not at all: a full disk leaves no empty key.

    *loss* says what a new key costs.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    key = path.read_text(encoding="ascii").strip()
    if len(key) < MIN_SECRET_KEY_LENGTH:
        raise ImproperlyConfigured(f"{path} holds no key. Delete it, and a new one is made; {loss}.")
    return key
