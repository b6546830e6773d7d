"""What goes wrong is said once, on stderr."""

import logging


def test_django_speaks_through_our_handler_alone() -> None:
    django = logging.getLogger("django")
    assert django.handlers == [], "with a console of its own, every line would come twice in DEBUG"
    assert django.propagate
    assert django.getEffectiveLevel() == logging.getLogger().level
