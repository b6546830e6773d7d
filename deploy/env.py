"""Strict readers of the environment.

Each raises ImproperlyConfigured with a sentence that names the variable and says what it may be.
"""

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

MIN_SECRET_KEY_LENGTH = 32
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# Letters in so many seconds.
Rate = tuple[int, int]
DEFAULT_MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}
BROKER_URL = re.compile(r"(rediss?|filesystem)://|redis\+socket:///.")
TRUE_WORDS, FALSE_WORDS = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def load_dotenv(path: Path) -> None:
    """Put the `NAME=value` lines of *path* into the environment; what is set already wins."""
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, sign, value = line.partition("=")
        if not sign or not name.strip().isidentifier():
            raise ImproperlyConfigured(f"{path}, line {number}: expected NAME=value.")
        os.environ.setdefault(name.strip(), _unquote_value(value))


def _unquote_value(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].strip()


def text(name: str, default: str = "") -> str:
    """Read a text without spaces around it. An empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    """Read 1 or 0, true or false, yes or no, on or off."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE_WORDS:
        return True
    if value.strip().lower() in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")


def number(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """Read a whole number from *least* to *most*."""
    value = text(name, str(default))
    found = int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else -1
    if found < least or (most is not None and found > most):
        allowed = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a whole number, {allowed}.")
    return found


def amount(name: str, default: str) -> Decimal:
    """Read an amount of US dollars, such as 0.15."""
    value = text(name, default)
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a number of US dollars such as 0.15.")
    return Decimal(value)


def duration(name: str, default: str, *, least: timedelta, most: timedelta) -> timedelta:
    """Read a time such as 30m, 18h or 2d."""
    value = text(name, default)
    parts = re.fullmatch(r"(\d{1,6})([smhd])", value, re.ASCII)
    found = timedelta(seconds=int(parts[1]) * UNIT_SECONDS[parts[2]]) if parts else timedelta(0)
    if not least <= found <= most:
        limits = f"from {_format_duration(least)} to {_format_duration(most)}"
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a time {limits}, written like 30m, 18h or 2d.")
    return found


def _format_duration(time: timedelta) -> str:
    """Write *time* in the largest unit that leaves no remainder."""
    seconds = int(time.total_seconds())
    unit = max((unit for unit in UNIT_SECONDS if seconds % UNIT_SECONDS[unit] == 0), key=UNIT_SECONDS.__getitem__)
    return f"{seconds // UNIT_SECONDS[unit]}{unit}"


def rate(name: str) -> Rate | None:
    """Read a limit such as 600/m. Return None where nothing is set."""
    value = text(name)
    return _parse_rate(name, value) if value else None


def rates(name: str) -> dict[str, Rate]:
    """Read limits such as gmail.com=100/m,*=20/m, by domain in lower case. `*` stands for every other domain."""
    found: dict[str, Rate] = {}
    items = text(name).removesuffix(",")
    for item in items.split(",") if items else ():
        domain, value = _parse_domain_rate(name, item.strip())
        if domain in found:
            raise ImproperlyConfigured(f"{name} has {domain} twice; write each domain once.")
        found[domain] = _parse_rate(name, value)
    return found


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


def address(name: str, default: str = "") -> str:
    """Read an http(s) address and return it without a slash at its end."""
    value = text(name, default).rstrip("/")
    parts = _split_url(value)
    if value and not (parts and parts.scheme in {"http", "https"} and parts.hostname):
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a full address such as https://example.org.")
    return value


def _split_url(url: str) -> SplitResult | None:
    """Return None where *url* cannot be split, or its port is not one."""
    try:
        parts = urlsplit(url)
        return None if parts.port == 0 else parts
    except ValueError:
        return None


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Read one of *allowed*, whatever its case."""
    value = text(name, default)
    found = next((each for each in allowed if each.lower() == value.lower()), None)
    if found is None:
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to one of: {', '.join(allowed)}.")
    return found


def broker(name: str, default: str) -> str:
    """Read the address of Celery's broker. One that is wrong is not shown: it may hold a password."""
    value = text(name, default)
    if not BROKER_URL.match(value) or _split_url(value) is None:
        raise ImproperlyConfigured(
            f"{name} is not understood. Set it to redis://host:6379/0, rediss://host:6379/0 (with TLS),"
            " redis+socket:///path/to/socket, or filesystem://localhost for folders on this machine."
        )
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """Read the address of a database and return it as an entry of Django's DATABASES."""
    try:
        return dict(dj_database_url.parse(text(name, default)))
    except (ValueError, KeyError, dj_database_url.ParseError) as error:
        raise ImproperlyConfigured(
            f"{name} is not understood ({error}). Set it to postgres://user:password@host/name or sqlite:////path/to/file."
        ) from error


def private_folder(path: Path) -> None:
    """Make *path* for its owner only, as letters and addresses are kept there. One that exists stays as it is."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


def private_file(name: str) -> None:
    """Make an empty file for its owner only. SQLite gives the files beside its own the same rights."""
    path = Path(name)
    if name.startswith((":", "file:")) or not path.parent.is_dir():
        return
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return  # it exists already, or the database will say why it cannot open it


def secret_key(home: Path, *, production: bool) -> str:
    """Return SECRET_KEY; on a laptop a key made at the first start and kept in *home*, so that links stay valid."""
    if value := text("SECRET_KEY"):
        return value
    if production:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random text, the same on every machine, for example the output of:"
            " python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return _read_or_make_key(home / "secret_key")


def _read_or_make_key(path: Path) -> str:
    """Return the key in *path*. A missing one is written whole or not at all: a full disk leaves no empty key."""
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
        raise ImproperlyConfigured(f"{path} holds no key. Delete it, and a new one is made; links sent before end.")
    return key


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


def mail_server(name: str) -> MailServer:
    """Read smtp://, smtps://, smtp+tls:// or consolemail://. Where nothing is set, letters become files.

    An address that is wrong is not shown: it may hold a password.
    """
    url = text(name)
    if not url:
        return MailServer("digest.delivery.transports.mailbox.MailboxBackend")
    parts = _split_url(url)
    if parts and parts.scheme == "consolemail":
        return MailServer("django.core.mail.backends.console.EmailBackend")
    if parts is None or parts.scheme not in DEFAULT_MAIL_PORTS or not parts.hostname:
        raise ImproperlyConfigured(
            f"{name} must be smtp://user:password@host:port, smtps://…, smtp+tls://… or consolemail://."
            " A port is a number from 1 to 65535; in a password write / # ? @ as %2F %23 %3F %40."
        )
    return MailServer(
        "digest.delivery.transports.smtp_backend.EmailBackend",
        host=parts.hostname,
        port=parts.port or DEFAULT_MAIL_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=parts.scheme == "smtps",
        use_tls=parts.scheme == "smtp+tls",
    )


def with_prefix(prefix: str) -> dict[str, str]:
    """Return all variables that begin with *prefix*, without it: ANYMAIL_RESEND_API_KEY is Anymail's RESEND_API_KEY."""
    return {name.removeprefix(prefix): value for name, value in os.environ.items() if name.startswith(prefix)}
