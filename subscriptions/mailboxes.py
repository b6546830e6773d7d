"""Which addresses end up in the same mailbox, by the rules of the large providers.

Only for counting, never for telling who somebody is: whoever signs up twice with such names is two subscribers, as they
asked, and a rule that is wrong makes two people share a rate limit at most. The sources are named beside the rules: the
providers' help pages, by title.
"""

from dataclasses import dataclass

from subscriptions import email_addresses


@dataclass(frozen=True, slots=True)
class MailboxRules:
    """How a provider reads the names of its addresses. Domains that share mailboxes count as the first of them."""

    domains: tuple[str, ...]
    # Signs that make no difference.
    ignored: str = ""
    # Pairs of signs that are the same.
    same: tuple[str, str] = ("", "")
    # What follows one of these is a tag.
    tag_separators: str = "+"
    # Whether the same name is the same mailbox at all these domains.
    shares_names: bool = False
    # Whether x@name.domain is name@domain.
    has_subdomains: bool = False


# A tag after a plus sign is nearly everybody's rule: Outlook.com, Hotmail and Live ("Plus Addressing in Exchange
# Online"), Zoho ("Plus addressing"), mailbox.org, Posteo.
EVERYBODYS_RULES = MailboxRules(domains=())
# fmt: off
RULES = (
    # "Dots don't matter in Gmail addresses"; "Create task-specific email addresses" has the plus sign.
    MailboxRules(("gmail.com", "googlemail.com"), ignored=".", shares_names=True),
    # Yahoo and AOL: "Create and manage disposable email addresses", which are base-keyword; no name has a hyphen.
    MailboxRules(
        (
            "yahoo.com", "ymail.com", "rocketmail.com", "myyahoo.com", "yahoo.ca", "yahoo.co.in", "yahoo.co.jp",
            "yahoo.co.uk", "yahoo.com.ar", "yahoo.com.au", "yahoo.com.br", "yahoo.com.mx", "yahoo.com.tw", "yahoo.de",
            "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it", "aol.com", "aim.com",
        ),
        tag_separators="+-",
    ),
    # "Plus addressing and subdomain addressing".
    MailboxRules(
        (
            "fastmail.com", "fastmail.fm", "fastmail.net", "fastmail.org", "fastmail.us", "fastmail.co.uk",
            "fastmail.de", "fastmail.es", "fastmail.in", "fastmail.jp", "fastmail.to", "fastmail.uk", "sent.com",
            "messagingengine.com", "mailbolt.com", "eml.cc", "fmail.co.uk",
        ),
        has_subdomains=True,
    ),
    # "Types of email addresses and aliases" has the domains. Dots, hyphens and underscores are in no help page, but
    # Proton gives one name with and without them to one person only.
    MailboxRules(
        ("proton.me", "protonmail.com", "pm.me", "protonmail.ch"), ignored=".-_", shares_names=True
    ),
    # Apple: "If you have an @icloud.com, @me.com, or @mac.com email address".
    MailboxRules(("icloud.com", "me.com", "mac.com"), shares_names=True),
    # "Alternate email addresses" of Yandex ID: one name at all its domains; in a user name a dot is a hyphen.
    MailboxRules(
        ("yandex.ru", "yandex.com", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua", "yandex.com.tr", "narod.ru"),
        same=(".", "-"), shares_names=True,
    ),
)
# fmt: on
RULES_BY_DOMAIN = {domain: rules for rules in RULES for domain in rules.domains}


def find_mailbox(address: str) -> str:
    """Return the mailbox where letters to *address* end up, as an address of its own. For rate limits only."""
    name, at, host = email_addresses.key(address).rpartition("@")
    rules = RULES_BY_DOMAIN.get(host, EVERYBODYS_RULES)
    label, _dot, parent = host.partition(".")
    while parent and rules is EVERYBODYS_RULES:
        above = RULES_BY_DOMAIN.get(parent)
        if above is not None and above.has_subdomains:
            name, host, rules = label, parent, above
        label, _dot, parent = parent.partition(".")
    for separator in rules.tag_separators:
        name = name[:1] + name[1:].partition(separator)[0]  # a name never begins with its tag
    plain = name.translate(dict.fromkeys(map(ord, rules.ignored))).replace(*rules.same) or name
    return f"{plain}{at}{rules.domains[0] if rules.shares_names else host}"
