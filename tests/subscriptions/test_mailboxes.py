"""Names of one mailbox are told by its provider's rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions import email_addresses
from subscriptions.mailboxes import RULES, RULES_BY_DOMAIN, find_mailbox


@pytest.mark.parametrize(
    ("mailbox", "names"),
    [
        ("adal@gmail.com", "Ada.L+x@gmail.com adal@googlemail.com a.d.a.l@GMAIL.com ada.l+a.b+c@gmail.com"),
        ("ada.l@outlook.com", "ada.l+news@outlook.com Ada.L@Outlook.com"),
        ("ada.l@hotmail.co.uk", "ada.l+news@hotmail.co.uk"),
        ("ada.l@live.com", "ada.l+@live.com"),
        ("ada@yahoo.com", "ada-papers@yahoo.com ada-papers-2@yahoo.com ada+x@yahoo.com"),
        ("ada@yahoo.co.uk", "ada-x@yahoo.co.uk"),
        ("ada@aol.com", "ada-x@aol.com"),
        ("ada@fastmail.com", "ada+x@fastmail.com x@ada.fastmail.com any.thing@ada.fastmail.com x@y.ada.fastmail.com"),
        ("ada@sent.com", "ada+x@sent.com x@ada.sent.com"),
        ("adal@proton.me", "ada.l@proton.me a-da_l+x@protonmail.com adal@pm.me Ada.L@protonmail.ch"),
        ("ada.l@icloud.com", "ada.l+x@icloud.com ada.l@me.com ada.l+y@mac.com"),
        ("ada-l@yandex.ru", "ada.l@yandex.ru ada-l@ya.ru ada.l+x@yandex.com ada.l@yandex.com.tr"),
        ("ada.l@zoho.com", "ada.l+x@zoho.com"),
        ("ada.l@example.org", "Ada.L+news@example.org ada.l@EXAMPLE.org"),
        ("ada@xn--bcher-kva.example", "ada+x@Bücher.example"),
    ],
)
def test_one_mailbox_has_many_names(mailbox: str, names: str) -> None:
    assert {find_mailbox(name) for name in names.split()} == {mailbox}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada.l@example.org", "adal@example.org"),
        ("ada-l@example.org", "ada@example.org"),
        ("ada.l@outlook.com", "adal@outlook.com"),
        ("ada@outlook.com", "ada@hotmail.com"),
        ("ada@yahoo.com", "ada@yahoo.co.uk"),
        ("ada.l@yahoo.com", "adal@yahoo.com"),
        ("ada@fastmail.com", "ada@fastmail.fm"),
        ("ada.l@icloud.com", "adal@icloud.com"),
        ("adal@yandex.ru", "ada.l@yandex.ru"),
        ("x@ada.gmail.com", "ada@gmail.com"),
        ("x@ada.example.org", "ada@example.org"),
    ],
)
def test_two_people_are_two_mailboxes(one: str, other: str) -> None:
    assert find_mailbox(one) != find_mailbox(other)


@pytest.mark.parametrize("address", ["+ada@example.org", "-x@yahoo.com", "._-@proton.me", "..@gmail.com"])
def test_a_name_of_signs_alone_stays_one(address: str) -> None:
    assert find_mailbox(address) == address


def test_no_domain_has_two_rules() -> None:
    assert len(RULES_BY_DOMAIN) == sum(len(rules.domains) for rules in RULES)


NAMES = st.text(alphabet="abZ09.+-_", min_size=1, max_size=12)
HOSTS = st.sampled_from([*RULES_BY_DOMAIN, "example.org", "ada.fastmail.com", "a.b.sent.com", "Outlook.com"])


@settings(max_examples=300, deadline=None)
@given(name=NAMES, host=HOSTS)
def test_a_mailbox_is_its_own_mailbox_and_an_address(name: str, host: str) -> None:
    mailbox = find_mailbox(f"{name}@{host}")
    assert find_mailbox(mailbox) == mailbox == email_addresses.key(mailbox)
    assert find_mailbox(f"{name}@{host}".upper()) == mailbox
    assert all(mailbox.rpartition("@")[::2])


@settings(max_examples=300, deadline=None)
@given(name=st.from_regex(r"\A[a-z][a-z0-9]{0,9}\Z"), host=HOSTS, tag=NAMES)
def test_a_tag_after_a_plus_makes_no_mailbox(name: str, host: str, tag: str) -> None:
    assert find_mailbox(f"{name}+{tag}@{host}") == find_mailbox(f"{name}@{host}")
