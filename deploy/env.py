"""Strict readers of the environment: a wrong value stops the start with a sentence that says what to do."""

import os
import re
import secrets
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 32
# Seconds.
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# So many letters in so many seconds.
Rate = tuple[int, int]
MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}
BROKER = re.compile(r"(rediss?|filesystem)://|redis\+socket:///.")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


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
        os.environ.setdefault(name.strip(), _unquoted(value))


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].strip()


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")


def number(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = text(name, str(default))
    found = int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else -1
    if found < least or (most is not None and found > most):
        allowed = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a whole number, {allowed}.")
    return found


def amount(name: str, default: str) -> Decimal:
    """Of money, such as 0.15."""
    value = text(name, default)
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a number of US dollars such as 0.15.")
    return Decimal(value)


def duration(name: str, default: str, *, least: timedelta, most: timedelta) -> timedelta:
    """Such as 18h."""
    value = text(name, default)
    parts = re.fullmatch(r"(\d{1,6})([smhd])", value, re.ASCII)
    found = timedelta(seconds=int(parts[1]) * UNITS[parts[2]]) if parts else timedelta(0)
    if not least <= found <= most:
        limits = f"from {_written(least)} to {_written(most)}"
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a time {limits}, written like 30m, 18h or 2d.")
    return found


def _written(time: timedelta) -> str:
    """In the largest unit that leaves no rest."""
    seconds = int(time.total_seconds())
    unit = max((unit for unit in UNITS if seconds % UNITS[unit] == 0), key=UNITS.__getitem__)
    return f"{seconds // UNITS[unit]}{unit}"


def rate(name: str) -> Rate | None:
    """Such as 600/m; None where nothing is set."""
    value = text(name)
    return _rate(name, value) if value else None


def rates(name: str) -> dict[str, Rate]:
    """By domain, in small letters; `*` stands for every other one. Such as gmail.com=100/m,*=20/m."""
    found: dict[str, Rate] = {}
    items = text(name).removesuffix(",")
    for item in items.split(",") if items else ():
        domain, value = _domain_and_rate(name, item.strip())
        if domain in found:
            raise ImproperlyConfigured(f"{name} has {domain} twice; write each domain once.")
        found[domain] = _rate(name, value)
    return found


def _domain_and_rate(name: str, item: str) -> tuple[str, str]:
    parts = re.fullmatch(r"(\*|[a-z0-9-]+(?:\.[a-z0-9-]+)+)\s*=\s*([^\s;=]+)", item.lower(), re.ASCII)
    if not parts:
        wrong = repr(item) if item else "nothing between two commas"
        example = "gmail.com=100/m,qq.com=30/m,*=20/m"
        raise ImproperlyConfigured(f"{name} has {wrong}; write domain=limit, commas between them, such as {example}.")
    return parts[1], parts[2]


def _rate(name: str, value: str) -> Rate:
    parts = re.fullmatch(r"(\d{1,9})/([smhd])", value, re.ASCII)
    if not parts or not int(parts[1]):
        raise ImproperlyConfigured(
            f"{name} has {value!r}; write how many letters in a second, minute, hour or day: 600/m."
        )
    return int(parts[1]), UNITS[parts[2]]


def address(name: str, default: str = "") -> str:
    """An http(s) address without a slash at its end."""
    value = text(name, default).rstrip("/")
    parts = _parts(value)
    if value and not (parts and parts.scheme in {"http", "https"} and parts.hostname):
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a full address such as https://example.org.")
    return value


def _parts(url: str) -> SplitResult | None:
    """None where it is no address, or its port is none."""
    try:
        parts = urlsplit(url)
        return None if parts.port == 0 else parts
    except ValueError:
        return None


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """In capital or small letters."""
    value = text(name, default)
    found = next((each for each in allowed if each.lower() == value.lower()), None)
    if found is None:
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to one of: {', '.join(allowed)}.")
    return found


def broker(name: str, default: str) -> str:
    """Celery's. It is not shown where it is wrong: it may hold a password."""
    value = text(name, default)
    if not BROKER.match(value) or _parts(value) is None:
        raise ImproperlyConfigured(
            f"{name} is not understood. Set it to redis://host:6379/0, rediss://host:6379/0 (with TLS),"
            " redis+socket:///path/to/socket, or filesystem://localhost for folders on this machine."
        )
    return value


def database(name: str, default: str) -> dict[str, Any]:
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
        # It is there, or cannot be made: then the database says so where it is opened.
        return


def secret_key(home: Path, *, production: bool) -> str:
    """SECRET_KEY, or on a laptop one made at the first start and kept in *home*, so that links stay valid."""
    if value := text("SECRET_KEY"):
        return value
    if production:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random text, the same on every machine, for example the output of:"
            " python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return _kept_key(home / "secret_key")


def _kept_key(path: Path) -> str:
    """Written whole or not at all, so that a full disk leaves no empty key behind."""
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
    if len(key) < SHORTEST_KEY:
        raise ImproperlyConfigured(f"{path} holds no key. Delete it, and a new one is made; links sent before end.")
    return key


def mail(url: str, mailbox: Path) -> dict[str, object]:
    """Django's e-mail settings for EMAIL_URL: smtp://, smtps://, smtp+tls://, consolemail:// or, when empty, files."""
    if not url:
        return {"EMAIL_BACKEND": "digest.delivery.transports.mailbox.MailboxBackend", "EMAIL_FILE_PATH": str(mailbox)}
    parts = _parts(url)
    if parts and parts.scheme == "consolemail":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts is None or parts.scheme not in MAIL_PORTS or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL must be smtp://user:password@host:port, smtps://…, smtp+tls://… or consolemail://."
            " A port is a number from 1 to 65535; in a password write / # ? @ as %2F %23 %3F %40."
        )
    return {
        "EMAIL_BACKEND": "digest.delivery.transports.smtp_backend.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or MAIL_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 30,
    }


def with_prefix(prefix: str) -> dict[str, str]:
    """Every variable that begins with *prefix*, without it: ANYMAIL_RESEND_API_KEY is Anymail's RESEND_API_KEY."""
    return {name.removeprefix(prefix): value for name, value in os.environ.items() if name.startswith(prefix)}
