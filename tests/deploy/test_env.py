"""Settings come from the environment; a wrong value stops the start with a sentence that helps."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from deploy import broker, env


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


def test_an_address_without_a_scheme_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "post.example.org")
    with pytest.raises(ImproperlyConfigured, match=r"https://example\.org"):
        env.address("SITE_URL")


def test_a_choice_outside_the_list_names_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNCERTAIN_LETTERS", "drop")
    with pytest.raises(ImproperlyConfigured, match="leave, retry"):
        env.choice("UNCERTAIN_LETTERS", "leave", ("leave", "retry"))


def test_a_dotenv_file_fills_what_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALREADY", "mine")
    monkeypatch.delenv("SITE_NAME_X", raising=False)
    (tmp_path / ".env").write_text('# a comment\nALREADY=theirs\nexport SITE_NAME_X="Morning Post"\n')
    env.load_dotenv(tmp_path / ".env")
    assert (env.text("ALREADY"), env.text("SITE_NAME_X")) == ("mine", "Morning Post")
    monkeypatch.delenv("SITE_NAME_X")


def test_a_broken_dotenv_line_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\nno equals sign\n")
    with pytest.raises(ImproperlyConfigured, match="line 2"):
        env.load_dotenv(tmp_path / ".env")


def test_without_email_url_letters_become_files(tmp_path: Path) -> None:
    assert env.mail("", tmp_path)["EMAIL_FILE_PATH"] == str(tmp_path)


def test_smtp_with_a_password_that_has_special_characters(tmp_path: Path) -> None:
    found = env.mail("smtp+tls://me:p%40ss@mail.example.org", tmp_path)
    wanted = {"EMAIL_HOST_PASSWORD": "p@ss", "EMAIL_PORT": 587, "EMAIL_USE_TLS": True, "EMAIL_USE_SSL": False}
    assert {name: found[name] for name in wanted} == wanted


def test_an_unknown_mail_scheme_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="smtp://"):
        env.mail("pigeon://loft", tmp_path)


def test_the_secret_key_is_made_once_and_kept_to_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    first = env.secret_key(tmp_path, production=False)
    assert first == env.secret_key(tmp_path, production=False)
    assert len(first) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_addresses_and_letters_are_their_owners_only(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    env.private_folder(home)
    env.private_file(str(home / "post.sqlite3"))
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "post.sqlite3").stat().st_mode) == 0o600


def test_what_the_operator_made_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "post.sqlite3"
    path.write_bytes(b"rows")
    path.chmod(0o640)
    tmp_path.chmod(0o750)
    env.private_folder(tmp_path)
    env.private_file(str(path))
    env.private_file(str(tmp_path / "missing" / "post.sqlite3"))
    env.private_file(":memory:")
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) == (0o640, b"rows")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750
    assert not (tmp_path / "missing").exists()


def test_production_wants_a_secret_key_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        env.secret_key(tmp_path, production=True)


def test_the_folder_broker_makes_its_folders(tmp_path: Path) -> None:
    options = broker.settings("filesystem://", tmp_path / "broker")["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert Path(options["data_folder_in"]).is_dir()
    assert options["polling_interval"] == 0.1


def test_a_key_file_that_a_full_disk_left_empty_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="Delete it"):
        env.secret_key(tmp_path, production=False)


def test_a_database_address_that_is_not_understood_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "foo")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not understood"):
        env.database("DATABASE_URL", "sqlite://:memory:")


def test_a_time_is_read_with_its_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, meaning in (("90m", 5400), ("18h", 64_800), ("2d", 172_800)):
        monkeypatch.setenv("DELIVERY_WINDOW", word)
        assert env.duration("DELIVERY_WINDOW", "1h", least=timedelta(hours=1)).total_seconds() == meaning


@pytest.mark.parametrize("word", ["18", "h", "1.5h", "-1h", "59m", "18 hours", "٣h"])
def test_a_time_without_sense_or_too_short_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DELIVERY_WINDOW", word)
    with pytest.raises(ImproperlyConfigured, match="such as 90m, 18h or 2d, 1:00:00 or more"):
        env.duration("DELIVERY_WINDOW", "18h", least=timedelta(hours=1))


def test_limits_are_read_as_letters_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMIT", "600/m")
    monkeypatch.setenv("DOMAIN_RATE_LIMITS", "Gmail.com=100/m, qq.com=30/s,*=9/h,")
    assert env.rate("RATE_LIMIT") == (600, 60)
    assert env.rates("DOMAIN_RATE_LIMITS") == {"gmail.com": (100, 60), "qq.com": (30, 1), "*": (9, 3600)}
    monkeypatch.setenv("RATE_LIMIT", "")
    monkeypatch.setenv("DOMAIN_RATE_LIMITS", "")
    assert (env.rate("RATE_LIMIT"), env.rates("DOMAIN_RATE_LIMITS")) == (None, {})


@pytest.mark.parametrize("word", ["600", "0/m", "x/m", "6/w", "600 / m", "-1/m", "1.5/s"])
def test_a_limit_without_sense_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("RATE_LIMIT", word)
    with pytest.raises(ImproperlyConfigured, match="600/m"):
        env.rate("RATE_LIMIT")


@pytest.mark.parametrize(
    "word", ["gmail.com", "gmail=1/m", "@gmail.com=1/m", "a.org=1/m,a.org=2/m", "*=0/m", "é.org=1/m"]
)
def test_a_domain_s_limit_without_sense_stops_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DOMAIN_RATE_LIMITS", word)
    with pytest.raises(ImproperlyConfigured, match="DOMAIN_RATE_LIMITS has"):
        env.rates("DOMAIN_RATE_LIMITS")
