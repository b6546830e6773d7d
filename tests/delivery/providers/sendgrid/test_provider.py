"""SendGrid says in the type of a bounce that it was blocked for now."""

from digest.delivery.providers.sendgrid.provider import find_bounce_words


def test_the_type_counts_for_bounces_only() -> None:
    assert tuple(find_bounce_words({"event": "bounce", "type": "blocked"})) == ("bounce", "blocked")
    assert tuple(find_bounce_words({"event": "dropped", "type": "blocked"})) == ("dropped", None)
