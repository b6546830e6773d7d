"""Providers' reports as they come: whoever is gone or has complained gets no more letters, everybody else does."""

from pathlib import Path

import pytest

from tests.web.reports import post_field_reports

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.data,
    # Anymail says at every report of SendGrid's that nobody there looks after it any more.
    pytest.mark.filterwarnings("ignore:django-anymail has dropped:Warning"),
]


def test_reports_of_the_field_are_understood(shared_data: Path) -> None:
    effects = list(post_field_reports(shared_data))
    assert len(effects) > 40
    assert [effect for effect in effects if not effect.is_right] == []
