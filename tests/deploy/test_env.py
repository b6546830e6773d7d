"""Settings come from the environment; a wrong value stops the start with a sentence that helps."""

import os
import stat
from datetime import timedelta
from email.headerregistry import Address
from email.utils import formataddr, parseaddr
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured

from deploy import broker
from deploy.env import Environment, private_file, private_folder, refuse_weak_webhook_secret

env = Environment(os.environ)


def test_a_flag_is_read_in_the_words_people_use(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, meaning in (("1", True), ("yes", True), ("off", False), ("", False)):
        monkeypatch.setenv("SOME_FLAG", word)
        assert env.flag("SOME_FLAG") is meaning


def test_a_flag_that_is_neither_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FLAG", "maybe")
    with pytest.raises(ImproperlyConfigured, match="SOME_FLAG is 'maybe'; set it to 1 or 0"):
        env.flag("SOME_FLAG")


def test_a_number_below_the_least_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_CONCURRENCY", "0")
    with pytest.raises(ImproperlyConfigured, match="1 or more"):
        env.number("LLM_CONCURRENCY", 8, least=1)


@pytest.mark.parametrize("word", ["0", "65", "²", "٣", "eight", "1" * 5000])
def test_a_number_outside_of_its_limits_names_both(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("SMTP_CONNECTIONS", word)
    with pytest.raises(ImproperlyConfigured, match=r"set it to a whole number, from 1 to 64\."):
        env.number("SMTP_CONNECTIONS", 8, least=1, most=64)


@pytest.mark.parametrize("word", ["post.example.org", "https://[post", "https://post.example.org:80000"])
def test_an_address_that_leads_nowhere_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("SITE_URL", word)
    with pytest.raises(ImproperlyConfigured, match=r"https://example\.org"):
        env.address("SITE_URL")


@pytest.mark.parametrize(
    "word",
    [
        "max_tokens=800",
        "[1]",
        "7",
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": 1',
        '{"a":' * 9000,
        '{"model": "b"}',
        '{"stream": true}',
    ],
)
def test_what_is_no_json_object_of_ours_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("OPENAI_EXTRA_BODY", word)
    with pytest.raises(ImproperlyConfigured, match=r"OPENAI_EXTRA_BODY (is no JSON object; write it|sets )"):
        env.json_object("OPENAI_EXTRA_BODY", reserved=("model", "stream"))


def test_a_json_object_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_EXTRA_BODY", '{"max_tokens": 800}')
    assert env.json_object("OPENAI_EXTRA_BODY") == {"max_tokens": 800}
    monkeypatch.delenv("OPENAI_EXTRA_BODY")
    assert env.json_object("OPENAI_EXTRA_BODY") == {}


def test_a_choice_outside_the_list_names_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNCERTAIN_LETTERS", "drop")
    with pytest.raises(ImproperlyConfigured, match="leave, retry"):
        env.choice("UNCERTAIN_LETTERS", "leave", ("leave", "retry"))


def test_a_choice_may_be_written_in_small_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert env.choice("LOG_LEVEL", "WARNING", ("DEBUG", "WARNING")) == "DEBUG"


def test_a_dotenv_file_fills_what_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALREADY", "mine")
    monkeypatch.delenv("SITE_NAME_X", raising=False)
    (tmp_path / ".env").write_text('# a comment\nALREADY=theirs\nexport SITE_NAME_X="Morning Post"\n')
    env.load_dotenv(tmp_path / ".env")
    assert (env.text("ALREADY"), env.text("SITE_NAME_X")) == (
        "mine",
        "Morning Post",
    )
    monkeypatch.delenv("SITE_NAME_X")


def test_a_broken_dotenv_line_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\nno equals sign\n")
    with pytest.raises(ImproperlyConfigured, match="line 2"):
        env.load_dotenv(tmp_path / ".env")


def test_without_email_url_letters_become_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "")
    assert env.mail_server("EMAIL_URL").backend.endswith("mailbox.MailboxBackend")


def test_smtp_with_a_password_that_has_special_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://me:p%40ss@mail.example.org")
    server = env.mail_server("EMAIL_URL")
    assert (server.password, server.port, server.use_tls, server.use_ssl) == ("p@ss", 587, True, False)


@pytest.mark.parametrize(
    "word", ["p@ss", "a/b", "a:b", "a#b", "a?b", "50%", "a+b", "two words", "schön", "@:/?#", "a[b]c"]
)
@pytest.mark.parametrize("place", ["mail.example.org", "mail.example.org:2525", "[::1]:25", "mail.example.org/"])
def test_a_password_stands_in_the_address_as_it_is_or_encoded(
    monkeypatch: pytest.MonkeyPatch, word: str, place: str
) -> None:
    for written in (word, quote(word, safe="")):
        monkeypatch.setenv("EMAIL_URL", f"smtp://me@example.org:{written}@{place}")
        server = env.mail_server("EMAIL_URL")
        assert (server.user, server.password) == ("me@example.org", word)
        assert server.host in ("mail.example.org", "::1")


def test_a_mail_server_may_have_an_international_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp://post.bücher.example:2525")
    assert env.mail_server("EMAIL_URL").host == "post.xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://post.example.org/", "https://post.example.org"),
        ("https://Bücher.Example:8443", "https://xn--bcher-kva.example:8443"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_the_site_stands_at_a_host_in_ascii(monkeypatch: pytest.MonkeyPatch, written: str, read: str) -> None:
    monkeypatch.setenv("SITE_URL", written)
    assert env.site_address("SITE_URL", "") == read


@pytest.mark.parametrize("rest", ["/post", "/post/", "/a/b", "?x=1", "#top"])
def test_a_site_below_a_path_says_what_to_write(monkeypatch: pytest.MonkeyPatch, rest: str) -> None:
    monkeypatch.setenv("SITE_URL", f"https://bücher.example{rest}")
    with pytest.raises(ImproperlyConfigured, match=r"below a path: write https://xn--bcher-kva\.example without"):
        env.site_address("SITE_URL", "")


@pytest.mark.parametrize(
    "host", ["post example.org", "a<b.example", "-\u0301.example", "post..example", "pöst..example"]
)
def test_a_host_that_cannot_be_one_stops_the_start(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("SITE_URL", f"https://{host}")
    with pytest.raises(ImproperlyConfigured, match="is no name of a host"):
        env.site_address("SITE_URL", "")


def test_a_site_with_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://me:secret@post.example.org")
    with pytest.raises(ImproperlyConfigured, match=r"write https://post\.example\.org alone") as stopped:
        env.site_address("SITE_URL", "")
    assert "secret" not in str(stopped.value)


NAMES = ["Name, Inc", "Post: new", "Post @ home", 'The "Best" Post', "Bücher, neu", "A (B)", "Dr. Post", "a\\b", "日報"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["{} <a@b.example>", "{}<a@b.example>"])
def test_a_sender_is_read_as_people_write_it(monkeypatch: pytest.MonkeyPatch, name: str, form: str) -> None:
    monkeypatch.setenv("FROM_EMAIL", form.format(name))
    assert parseaddr(env.mailbox("FROM_EMAIL")) == (name, "a@b.example")


@pytest.mark.parametrize(
    "written", [*(str(Address(name, "a", "b.example")) for name in NAMES), formataddr(("Bücher, neu", "a@b.example"))]
)
def test_a_sender_that_is_quoted_or_encoded_stays_itself(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("FROM_EMAIL", written)
    name, address = parseaddr(env.mailbox("FROM_EMAIL"))
    assert (name in NAMES, address) == (True, "a@b.example")


def test_a_sender_at_an_international_host_is_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_EMAIL", "Post <a@bücher.example>")
    assert env.mailbox("FROM_EMAIL") == "Post <a@xn--bcher-kva.example>"
    monkeypatch.setenv("FROM_EMAIL", "a@bücher.example")
    assert env.mailbox("FROM_EMAIL") == "a@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "written",
    [
        "Preprint Post",
        "a@b.example, c@d.example",
        "A <a@b.example>, B <c@d.example>",
        "A <a@b.example> B",
        "ä@b.example",
        "A <a b@c.example>",
        "A\r\nBcc: all@d.example <a@b.example>",
        "A <@b.example>",
    ],
)
def test_a_sender_that_is_no_mailbox_says_how_to_write(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("FROM_EMAIL", written)
    with pytest.raises(
        ImproperlyConfigured, match=r"FROM_EMAIL is .* write one address, .* <letters@post\.example\.org>"
    ):
        env.mailbox("FROM_EMAIL")


@pytest.mark.parametrize(
    ("written", "read"),
    [("Mail.Example", "mail.example"), ("bücher.example", "xn--bcher-kva.example"), ("192.0.2.1", "[192.0.2.1]")],
)
def test_the_name_in_ehlo_is_a_host_or_a_literal(monkeypatch: pytest.MonkeyPatch, written: str, read: str) -> None:
    monkeypatch.setenv("EHLO_NAME", written)
    assert env.host("EHLO_NAME", "") == read
    monkeypatch.setenv("EHLO_NAME", read)
    assert env.host("EHLO_NAME", "") == read


def test_name_servers_are_addresses_with_ports_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DNS_SERVERS", "9.9.9.9 127.0.0.1:5353 ::1 [::1]:53")
    assert env.name_servers("DNS_SERVERS") == [("9.9.9.9", 53), ("127.0.0.1", 5353), ("::1", 53), ("::1", 53)]
    monkeypatch.setenv("DNS_SERVERS", "none")
    assert env.name_servers("DNS_SERVERS") is None
    monkeypatch.setenv("DNS_SERVERS", "")
    assert env.name_servers("DNS_SERVERS") == []


@pytest.mark.parametrize("word", ["dns.example", "9.9.9.9:0", "9.9.9.9:x", "[::1]:70000", "[9.9.9.9", "None"])
def test_what_is_no_name_server_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DNS_SERVERS", word)
    with pytest.raises(ImproperlyConfigured, match="DNS_SERVERS has"):
        env.name_servers("DNS_SERVERS")


def test_machines_that_send_are_names_or_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDING_HOSTS", "Mail.Example 192.0.2.1 2001:db8::1 bücher.example")
    assert env.hosts("SENDING_HOSTS") == ["mail.example", "192.0.2.1", "2001:db8::1", "xn--bcher-kva.example"]
    monkeypatch.setenv("SENDING_HOSTS", "mail.example, other.example")
    with pytest.raises(ImproperlyConfigured, match="SENDING_HOSTS is"):
        env.hosts("SENDING_HOSTS")


def test_a_name_in_ehlo_that_ends_the_command_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EHLO_NAME", "mail.example\r\nMAIL FROM:<a@b>")
    with pytest.raises(ImproperlyConfigured, match="EHLO_NAME is"):
        env.host("EHLO_NAME", "")


def test_a_name_of_the_site_has_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_NAME", "Post\r\nBcc: all@example.org")
    with pytest.raises(ImproperlyConfigured, match=r"SITE_NAME is .* on one line"):
        env.line("SITE_NAME")


def test_an_unknown_mail_scheme_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "pigeon://loft")
    with pytest.raises(ImproperlyConfigured, match="smtp://"):
        env.mail_server("EMAIL_URL")


@pytest.mark.parametrize("place", ["host:abc", "host:99999", "host:0", "[host", "me:pass/word@ho/st"])
def test_a_wrong_mail_port_stops_the_start_and_shows_no_password(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("EMAIL_URL", f"smtp://{place}")
    with pytest.raises(ImproperlyConfigured, match="A port is a number from 1 to 65535") as stopped:
        env.mail_server("EMAIL_URL")
    assert "pass/word" not in str(stopped.value)


def test_the_secret_key_is_made_once_and_kept_to_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    first = env.secret_key(tmp_path, production=False)
    assert first == env.secret_key(tmp_path, production=False)
    assert len(first) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_addresses_and_letters_are_their_owners_only(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    private_folder(home)
    private_file(str(home / "post.sqlite3"))
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "post.sqlite3").stat().st_mode) == 0o600


def test_what_the_operator_made_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "post.sqlite3"
    path.write_bytes(b"rows")
    path.chmod(0o640)
    tmp_path.chmod(0o750)
    private_folder(tmp_path)
    private_file(str(path))
    private_file(str(tmp_path / "missing" / "post.sqlite3"))
    private_file(":memory:")
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) == (0o640, b"rows")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750
    assert not (tmp_path / "missing").exists()


def test_production_wants_a_secret_key_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        env.secret_key(tmp_path, production=True)


STRONG_KEY = "Yp2q9vXK7sRfE0dTzLwGh4BnUjMa8CiO3kQx"


@pytest.mark.parametrize(
    "key",
    [
        "short",
        "x" * 60,
        "abc" * 20,
        "django-insecure-" + STRONG_KEY,
        "changeme" + STRONG_KEY,
        "not-kept",
        "1234567890" * 5,
    ],
)
def test_production_refuses_a_key_that_can_be_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY can be guessed: .*token_urlsafe") as stopped:
        env.secret_key(tmp_path, production=True)
    assert key not in str(stopped.value)
    assert env.secret_key(tmp_path, production=False) == key


def test_the_suppression_key_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPRESSION_KEY", "")
    first = env.suppression_key(tmp_path, "another", production=False)
    assert first == env.suppression_key(tmp_path, "another", production=False)
    assert (tmp_path / "suppression_key").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("SUPPRESSION_KEY", STRONG_KEY)
    assert env.suppression_key(tmp_path, "another", production=True) == STRONG_KEY


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "SUPPRESSION_KEY is not set"),
        ("short", "SUPPRESSION_KEY can be guessed"),
        ("changeme" + STRONG_KEY, "SUPPRESSION_KEY can be guessed"),
        (STRONG_KEY, "SUPPRESSION_KEY is the same as SECRET_KEY"),
    ],
)
def test_production_wants_a_good_suppression_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, problem: str
) -> None:
    monkeypatch.setenv("SUPPRESSION_KEY", key)
    with pytest.raises(ImproperlyConfigured, match=f"^{problem}.*token_urlsafe"):
        env.suppression_key(tmp_path, STRONG_KEY, production=True)


def test_production_takes_a_random_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", STRONG_KEY)
    assert env.secret_key(tmp_path, production=True) == STRONG_KEY


@pytest.mark.parametrize(
    "given", ["name:password", "post", "post:", ":" + STRONG_KEY, "post:a1b2c3d4", "post:" + "ab" * 20]
)
def test_a_webhook_secret_that_can_be_guessed_is_refused(given: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^ANYMAIL_WEBHOOK_SECRET can be guessed") as stopped:
        refuse_weak_webhook_secret(given)
    assert not given.partition(":")[2] or given not in str(stopped.value)


@pytest.mark.parametrize("given", ["", "post:uZ3nQ0rT8wKe5LxVbM2y"])
def test_a_webhook_secret_is_random_or_not_set(given: str) -> None:
    try:
        refuse_weak_webhook_secret(given)
    except ImproperlyConfigured as error:
        pytest.fail(str(error))


def test_the_folder_broker_makes_its_folders(tmp_path: Path) -> None:
    options = broker.transport_options("filesystem://", tmp_path / "broker")
    assert Path(options["data_folder_in"]).is_dir()
    assert options["polling_interval"] == 0.1


def test_a_broker_is_redis_or_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (
        "redis://:pass@host:6379/0",
        "rediss://host",
        "redis+socket:///run/redis.sock",
        "filesystem://localhost",
    ):
        monkeypatch.setenv("CELERY_BROKER_URL", url)
        assert env.broker("CELERY_BROKER_URL", "") == url


@pytest.mark.parametrize(
    "word", ["foo", "rediss:/x", "redis:host", "redis+socket://", "amqp://host", "redis://:pw@host:x/0"]
)
def test_any_other_broker_stops_the_start_and_shows_no_password(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", word)
    with pytest.raises(ImproperlyConfigured, match=r"Set it to redis://host:6379/0, .* or filesystem://") as stopped:
        env.broker("CELERY_BROKER_URL", "")
    assert "pw" not in str(stopped.value)


def test_a_key_file_that_a_full_disk_left_empty_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="Delete it"):
        env.secret_key(tmp_path, production=False)


def test_an_invalid_database_address_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "foo")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not understood"):
        env.database("DATABASE_URL", "sqlite://:memory:")


HOUR, WEEK = timedelta(hours=1), timedelta(days=7)


def test_a_time_is_read_with_its_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, meaning in (("90m", 5400), ("18h", 64_800), ("2d", 172_800)):
        monkeypatch.setenv("DELIVERY_WINDOW", word)
        assert env.duration("DELIVERY_WINDOW", "1h", least=HOUR, most=WEEK).total_seconds() == meaning


@pytest.mark.parametrize("word", ["18", "h", "1.5h", "-1h", "59m", "18 hours", "٣h", "8d", "999999d"])
def test_an_invalid_time_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DELIVERY_WINDOW", word)
    with pytest.raises(ImproperlyConfigured, match=r"a time from 1h to 7d, written like 30m, 18h or 2d\."):
        env.duration("DELIVERY_WINDOW", "18h", least=HOUR, most=WEEK)


def test_limits_of_a_time_are_said_as_they_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TIME", "x")
    for least, most, said in (
        (timedelta(seconds=90), timedelta(minutes=90), "from 90s to 90m,"),
        (timedelta(hours=24), timedelta(hours=36), "from 1d to 36h,"),
    ):
        with pytest.raises(ImproperlyConfigured, match=said):
            env.duration("SOME_TIME", "1h", least=least, most=most)


def test_limits_are_read_as_letters_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMIT", "600/m")
    monkeypatch.setenv("DOMAIN_RATE_LIMITS", "Gmail.com=100/m, qq.com=30/s,*=9/h,")
    assert env.rate("RATE_LIMIT") == (600, 60)
    assert env.rates("DOMAIN_RATE_LIMITS") == {
        "gmail.com": (100, 60),
        "qq.com": (30, 1),
        "*": (9, 3600),
    }
    monkeypatch.setenv("RATE_LIMIT", "")
    monkeypatch.setenv("DOMAIN_RATE_LIMITS", "")
    assert (env.rate("RATE_LIMIT"), env.rates("DOMAIN_RATE_LIMITS")) == (
        None,
        {},
    )


@pytest.mark.parametrize("word", ["600", "0/m", "x/m", "6/w", "600 / m", "-1/m", "1.5/s"])
def test_a_limit_without_sense_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("RATE_LIMIT", word)
    with pytest.raises(ImproperlyConfigured, match="600/m"):
        env.rate("RATE_LIMIT")


@pytest.mark.parametrize(
    "word", ["gmail.com", "gmail=1/m", "@gmail.com=1/m", "a.org=1/m,a.org=2/m", "*=0/m", "é.org=1/m", "=1/m"]
)
def test_a_domain_s_limit_without_sense_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DOMAIN_RATE_LIMITS", word)
    with pytest.raises(ImproperlyConfigured, match="DOMAIN_RATE_LIMITS has"):
        env.rates("DOMAIN_RATE_LIMITS")


@pytest.mark.parametrize(
    "word", ["a.org=1/m,,b.org=2/m", ",a.org=1/m", "a.org=1/m;b.org=2/m", "a.org=1/m b.org=2/m", "a.org="]
)
def test_limits_that_run_together_say_how_to_write_them(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DOMAIN_RATE_LIMITS", word)
    with pytest.raises(ImproperlyConfigured, match=r"domain=limit, commas between them, such as gmail\.com=100/m,qq"):
        env.rates("DOMAIN_RATE_LIMITS")


@pytest.mark.parametrize(
    ("behind", "proxies", "found"),
    [(None, None, 0), ("0", "0", 0), ("0", "1", 0), ("1", None, 1), ("1", "1", 1), ("yes", "3", 3)],
)
def test_proxies_count_behind_one_only(
    monkeypatch: pytest.MonkeyPatch, behind: str | None, proxies: str | None, found: int
) -> None:
    for name, value in (("BEHIND_PROXY", behind), ("TRUSTED_PROXIES", proxies)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert env.trusted_proxies() == found


@pytest.mark.parametrize(("behind", "proxies"), [("0", "2"), ("1", "0"), ("1", "-1"), ("1", "two"), ("1", "11")])
def test_a_nonsensical_number_of_proxies_is_refused(monkeypatch: pytest.MonkeyPatch, behind: str, proxies: str) -> None:
    monkeypatch.setenv("BEHIND_PROXY", behind)
    monkeypatch.setenv("TRUSTED_PROXIES", proxies)
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        env.trusted_proxies()


def test_what_logs_hide_are_keys_and_passwords_and_no_common_words() -> None:
    given = {
        "KEY": "Yp2q9vXK7sRf",
        "OLD_KEYS": "Kc5uWm1tHd8y Zs9eLf2gTi7o",
        "EMAIL_URL": "smtp://preprint_post:a%2Fb/c?d@x@mail.example.org",
        "LLM_URL": "https://llm.example.org/v1?key=Dd3Ff4Gg5&b=1",
        "ANYMAIL_RESEND_API_KEY": "re_Hh6Jj7",
        "ANYMAIL_MAILGUN_SENDER_DOMAIN": "post.example.org",
        "SHORT": "abc",
    }
    read = Environment(given)
    for name in ("KEY", "OLD_KEYS", "SHORT"):
        read.key(name)
    read.mail_server("EMAIL_URL")
    read.address("LLM_URL")
    read.with_prefix("ANYMAIL_")
    assert set(read.list_secrets()) == {
        *("Yp2q9vXK7sRf", "Kc5uWm1tHd8y", "Zs9eLf2gTi7o", "re_Hh6Jj7", "Dd3Ff4Gg5"),
        *("a%2Fb/c?d@x", "a/b/c?d@x"),
    }
    assert list(map(len, read.list_secrets())) == sorted(map(len, read.list_secrets()), reverse=True)
