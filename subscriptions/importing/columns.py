"""The names of columns: what they mean in every file, and which of them look as if they said who left."""

import re
from collections.abc import Mapping

from subscriptions.importing.file_rows import COLUMNS
from subscriptions.importing.standing import BLOCKED, BOUNCED, COMPLAINED, UNSUBSCRIBED, Shown

# What a column with a flag or a moment shows of whoever has it.
ENDS: Mapping[str, Shown] = {
    "unsubscribed": UNSUBSCRIBED,
    "bounced": BOUNCED,
    "complained": COMPLAINED,
    "blocked": BLOCKED,
}
# What a column may mean: a column of our own files, or one that shows how somebody stands to the letters.
FIELDS = (*COLUMNS, "subscribed", "confirmed", *ENDS)

EMAIL_NAMES = (
    *("email", "e_mail", "email_address", "e_mail_address", "emailaddress", "mail", "mail_address", "subscriber_email"),
    *("contact_email", "member_email", "user_email", "primary_email", "email_1", "email1", "email_id", "address_email"),
    *("e_mail_adresse", "email_adresse", "adresse_email", "adresse_e_mail", "adresse_mail", "courriel", "correo"),
    *("correo_electronico", "correo_electrónico", "indirizzo_email", "recipient", "recipient_email", "subscriber"),
    *("邮箱", "电子邮件", "邮箱地址", "电子邮箱", "邮件地址", "メールアドレス"),
)
STATUS_NAMES = (
    *("status", "subscription_status", "subscriber_status", "subscribe_status", "email_status", "member_status"),
    *(
        "contact_status",
        "email_marketing_status",
        "marketing_status",
        "mailing_status",
        "list_status",
        "state_of_email",
    ),
    *("subscription_state", "subscriber_state", "email_state", "email_subscription_status", "newsletter_status"),
)


def _with_forms(words: tuple[str, ...], field: str) -> dict[str, str]:
    """Return the forms in which services name a flag, or the moment since when it is so."""
    forms = (
        "{}",
        "is_{}",
        "was_{}",
        "has_{}",
        "{}_at",
        "{}_on",
        "{}_date",
        "{}_time",
        "date_{}",
        "{}_timestamp",
        "{}_reason",
    )
    return {form.format(word): field for word in words for form in forms}


# Known in every file. Whatever else looks as if it said who left stops an import.
GENERIC_FIELDS: Mapping[str, str] = {
    **{name: name for name in COLUMNS},
    **dict.fromkeys(EMAIL_NAMES, "email"),
    **dict.fromkeys(STATUS_NAMES, "status"),
    **_with_forms(
        ("unsubscribed", "unsubscribe", "unsub", "unsubscription", "deleted", "archived", "email_disabled"),
        "unsubscribed",
    ),
    **_with_forms(("bounced", "hard_bounced", "bounce", "cleaned", "undeliverable", "unreachable"), "bounced"),
    **_with_forms(("complained", "complaint", "spam_complaint", "marked_as_spam"), "complained"),
    **_with_forms(
        ("blocked", "blocklisted", "blacklisted", "banned", "email_blacklisted", "email_blocklisted"), "blocked"
    ),
    "suppressed": "blocked",
    "suppressed_at": "blocked",
    "is_suppressed": "blocked",
    **dict.fromkeys(("subscribed", "is_subscribed", "subscribed_to_emails", "active", "is_active"), "subscribed"),
    **dict.fromkeys(("enabled", "is_enabled", "email_subscribed", "newsletter_subscribed"), "subscribed"),
    **_with_forms(("confirmed", "email_confirmed"), "confirmed"),
}

# The moment of consent in files of no service that is known, the first that is filled.
GENERIC_CONSENT = (
    *("consent_at", "consented_at", "consent_date", "consent_time", "date_of_consent", "confirmed_at", "confirm_time"),
    *(
        "confirmation_date",
        "confirmed_on",
        "double_opt_in_at",
        "opted_in_at",
        "optin_time",
        "opt_in_time",
        "optin_date",
    ),
    *("opt_in_date", "opt_in_at", "optin_at", "subscribed_at", "subscribed_on", "subscribe_date", "subscribed_date"),
    *("date_subscribed", "subscription_date", "date_of_subscription", "signup_date", "sign_up_date", "signed_up_at"),
)

LOOKS_LIKE_OPT_OUT = re.compile(
    r"unsub|unjoin|opt(s|ed|ing)?_?out|bounc|complain|spam|abuse|junk|block(?!chain)|black_?list|deny_?list|suppress"
    r"|deleted|delete_|removed|removal|clean(ed|_)|disabled|inactiv|deactiv|(^|_)(do_?not|dont|don_t)|(^|_)(dnc|dnd|dne|stop|stopped|exit|end_date)(_|$)"
    r"|(^|_)(no|not|non|never)_(?!of_)|(^|_)no(e?mails?|contact|newsletter|letters?|marketing)(_|$)|cancel|churn|(^|_)(left|leave|leaves|leaving|quit|gone|ban|banned|dead)(_|$)"
    r"|revok|withdr[ae]w|object(ed|ion)|erase|erasure|forget|forgot|unreach|undeliv|invalid|exclu(de|sion)|(^|_)(muted?|resigned|ended)(_|$)"
    r"|expire|paused|(^|_)pause|snooze|reject|refus|declin|suspend|quarantin|goodbye|terminat|unconfirm|unverif"
    r"|abgemeldet|abmeld|austrag|ausgetragen|abbestell|gesperrt|widerruf|desabonn|désabonn|desinscri|désinscri|(^|_)baja(_|$)"
    r"|geloescht|gelöscht|inaktiv|gekuendigt|gekündigt|widersproch|disiscr|descadastr|deceased|verstorben"
    r"|退订|取消|退信|投诉|黑名单|配信停止|解除"
)
LOOKS_LIKE_SUBSCRIPTION = re.compile(
    r"subscri|opt(ed)?_?in|consent|permission|newsletter|marketing|mailing|accept|(^|_)(wants?|allow(s|ed)?|agree(s|d)?)(_|$)"
    r"|receiv|enabled|(^|_)active|status|(^|_)state(_|$)|gdpr|dsgvo|rgpd|verified|confirm|reachable|deliverab|valid"
    r"|einwillig|angemeldet|abonn|inscri|订阅|メルマガ"
)


def normalise_name(name: str) -> str:
    """Return the name of a column in small letters, words joined by underscores: `E-mail Address`, `emailOptOut`."""
    text = re.sub(r" \(\d+\)$", "", name.strip("\ufeff\u200b \t\r\n'\"*"))
    text = re.sub(r"([a-z])([A-Z])", r"\1_\2", text).casefold()
    return re.sub(r"[\W_]+", "_", text).strip("_")
