from collections.abc import Callable, Sequence

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from subscriptions import email_addresses, validators
from subscriptions.exporting import format_days
from subscriptions.preference_defaults import EVERY_DAY


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ada@Example.org ", "Ada@Example.org"),
        ("ada.lovelace+papers@sub.example.co.uk", "ada.lovelace+papers@sub.example.co.uk"),
        ("bao@bücher.example", "bao@xn--bcher-kva.example"),
        ("bao@straße.de", "bao@xn--strae-oqa.de"),
        ("bao@BÜCHER。example", "bao@xn--bcher-kva.example"),
        ("bao@نامه\u200cای.com", "bao@xn--mgba3gch31f060k.com"),
    ],
)
def test_addresses_that_people_have_are_taken(text: str, address: str) -> None:
    assert email_addresses.clean(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@localhost",
        "ada@[127.0.0.1]",
        '"ada b"@example.org',
        "ada@example.org\r\nBcc: all@example.org",
        "ada\n@example.org",
        "ada@exa\u0000mple.org",
        "ada@example.org,bao@example.cn",
        "Ada <ada@example.org>",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 63 + "." + "b." * 120 + "org",
        "ada@example..org",
        "ädä@example.org",
        "ada@☃.net",
        "ada@ü..de",
        "ada@" + "ü" * 5000 + ".de",
        "bac\u212a@example.org",
        "b\u0130rd@example.org",
        "\u017fam@example.org",
    ],
)
def test_invalid_addresses_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="does not look like an e-mail address"):
        email_addresses.clean(text)


@given(st.text())
def test_no_text_breaks_the_check_of_addresses(text: str) -> None:
    try:
        address = email_addresses.clean(text)
    except ValidationError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert " " not in address
    assert email_addresses.clean(address) == address
    assert email_addresses.key(text) == email_addresses.key(address)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffada@example.org\u200b",
        "ada\u00a0@example.org",
        "a\u00adda@exam\u00adple.org",
        "\u202aada@example.org\u202c",
        "ad\u200da@exam\u200cple.org",
        "ada@example.org\u2060\u3000",
        "ada\ufe0f@example.org",
    ],
)
def test_invisible_signs_are_taken_out(text: str) -> None:
    assert email_addresses.clean(text) == email_addresses.key(text) == "ada@example.org"


def test_a_visible_sign_is_never_taken_out() -> None:
    for text in ("ada@example.org", "a d a@x", "ädä@straße.de", "ada+x@x.org", "é@пример.рф"):
        assert email_addresses.remove_invisible_signs(text) == text


def test_a_sharp_s_is_another_domain_than_ss() -> None:
    assert email_addresses.key("ada@straße.de") != email_addresses.key("ada@strasse.de")
    assert email_addresses.key("ADA@STRASSE.de") == "ada@strasse.de"


@pytest.mark.parametrize(
    "domain",
    ["gmial.com", "gmail.con", "gmal.com", "gmaill.com", "gnail.com", "gmail.co", "Gmai.com", "gail.com", "mgail.com"],
)
def test_a_mistyped_provider_has_a_suggestion(domain: str) -> None:
    assert email_addresses.suggest(f"Ada@{domain}") == "Ada@gmail.com"


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "mail.com",
        "ymail.com",
        "gmx.de",
        "example.org",
        "gmailed.org",
        "hotmail.de",
        "yahoo.fr",
        "qq.cn",
        "x",
    ],
)
def test_a_domain_of_its_own_has_none(domain: str) -> None:
    assert email_addresses.suggest(f"ada@{domain}") == ""


def test_an_address_is_one_person_in_any_spelling() -> None:
    assert email_addresses.key(" ADA@Bücher.example") == email_addresses.key("ada@xn--bcher-kva.example")
    assert email_addresses.domain("ada@EXAMPLE.org") == "example.org"


def test_no_unicode_address_gets_the_key_of_another() -> None:
    assert email_addresses.key("bac\u212a@example.org") != email_addresses.key("back@example.org")


def test_categories_have_one_spelling_and_archives_open_up() -> None:
    assert validators.clean_categories(["CS.lg", "math.IT", "cs.IT"]) == ("cs.LG", "cs.IT")
    assert "q-bio.NC" in validators.clean_categories(["q-bio"])
    with pytest.raises(ValidationError, match=r"“cs\.LX” is not an arXiv category"):
        validators.clean_categories(["cs.LX"])


def test_filters_are_checked_and_blank_ones_left_out() -> None:
    assert validators.clean_filters(['"Diffusion  Model"', " ", "", '"diffusion model"']) == ('"Diffusion Model"',)
    with pytest.raises(ValidationError, match="no partner"):
        validators.clean_filters(['"open'])


def test_something_must_choose_papers() -> None:
    with pytest.raises(ValidationError, match="at least one category"):
        validators.require_interests((), ())
    with pytest.raises(ValidationError, match="only leave papers out"):
        validators.require_interests((), validators.clean_filters(["-survey"]))
    validators.require_interests(("cs.LG",), validators.clean_filters(["-survey"]))
    validators.require_interests((), validators.clean_filters(["attention"]))


@pytest.mark.parametrize("text", ["zh", "zh-cn", "zh_CN", "zh-Hans", "ZH-HANS-CN", "Chinese", "中文"])
def test_chinese_goes_by_many_names(text: str) -> None:
    assert validators.clean_language(text) == "zh"


@pytest.mark.parametrize("text", ["en", "EN", "en-US", "en_GB", "English"])
def test_english_too(text: str) -> None:
    assert validators.clean_language(text) == "en"


@pytest.mark.parametrize("text", ["", "fr", "zh-TW", "zh_Hant", "klingon"])
def test_a_language_we_do_not_write_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="not a language we write in"):
        validators.clean_language(text)


@pytest.mark.parametrize("text", ["../../etc/passwd", "/etc/localtime", "Mars/Olympus", "europe/paris", ""])
def test_only_real_time_zones_are_taken(text: str) -> None:
    assert validators.clean_timezone(" Europe/Paris ") == "Europe/Paris"
    with pytest.raises(ValidationError, match="not a time zone"):
        validators.clean_timezone(text)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (validators.clean_hour, (0, "23", " 8 "), (-1, 24, "8.5", "", "٣", True, "1e1")),
        (validators.clean_papers, (1, "30"), (0, 31, "ten")),
        (validators.clean_minimum, ("1", 10), ("0", 11)),
    ],
)
def test_numbers_have_bounds(
    check: Callable[[str | int], int], good: Sequence[str | int], bad: Sequence[str | int]
) -> None:
    assert [check(value) for value in good] == [int(value) for value in good]
    for value in bad:
        with pytest.raises(ValidationError, match="whole number from"):
            check(value)


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        ("daily", EVERY_DAY),
        ("Weekdays", 0b0011111),
        ("mon,tue", 0b0000011),
        ("Monday; wednesday", 0b0000101),
        ("1-5", 0b0011111),
        ("mon-fri", 0b0011111),
        ("fri-mon", 0b1110001),
        ("7", 0b1000000),
        (7, 0b1000000),
        ([1, 3], 0b0000101),
        (["mon", "5"], 0b0010001),
        ("weekly", 0b0000001),
    ],
)
def test_days_are_read_in_many_ways(value: str | int | list[str | int], bits: int) -> None:
    assert validators.clean_days(value) == bits


@pytest.mark.parametrize("value", ["", ",", "0", "8", "someday", "mon-", "mon--fri", "127", [], ["x"], [0]])
def test_what_is_no_day_is_refused(value: str | list[str | int]) -> None:
    with pytest.raises(ValidationError):
        validators.clean_days(value)


@given(st.integers(1, EVERY_DAY))
def test_days_survive_being_written_down(bits: int) -> None:
    assert validators.clean_days(format_days(bits)) == bits


@given(st.text())
def test_no_text_raises_anything_but_validation_error(text: str) -> None:
    checks = (
        validators.clean_language,
        validators.clean_timezone,
        validators.clean_hour,
        validators.clean_days,
        validators.clean_papers,
        validators.clean_detail,
    )
    problems = []
    for check in checks:
        try:
            check(text)
        except ValidationError as error:
            problems += error.messages
    assert not any("\n" in problem for problem in problems)


def test_popularity_is_one_of_three_or_the_usual() -> None:
    assert [validators.clean_popularity(text) for text in (" Much ", "none", "")] == ["much", "none", ""]
    with pytest.raises(ValidationError, match="“all” is not one of: none, some, much"):
        validators.clean_popularity("all")


def test_switched_off_families_come_in_their_order() -> None:
    assert validators.clean_switched_off(["new", "Likes", "new"]) == ("likes", "new")
    assert validators.clean_switched_off([]) == ()
    with pytest.raises(ValidationError, match="“weather” is not one of: likes, "):
        validators.clean_switched_off(["likes", "weather"])
