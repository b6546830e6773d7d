"""The API beside its own document: schemathesis asks with what the document allows and with what it does not."""

from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from digest.models import Paper
from digest.web.api.openapi import describe_api
from subscriptions import rate_limits
from subscriptions.rate_limits import Limit
from tests.editions.rows import observe
from tests.web.finding import knots, publish_to_find

# Each answer closes its connection, as it does outside of tests: a transaction around them would end with it.
pytestmark = pytest.mark.django_db(transaction=True)

# A text that is no filter, such as a bracket alone, is a text all the same: the document has 422 for it.
CONFIG = SchemathesisConfig.from_dict(
    {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "304", "404", "422"]}}}
)


schema = schemathesis.openapi.from_dict(describe_api(), config=CONFIG)
schema.app = get_wsgi_application()


@pytest.fixture
def stored_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    publish_to_find(knots(30))
    observe(Paper.objects.get(arxiv_id="2601.00001"), 12)
    monkeypatch.setattr(rate_limits, "API_REQUESTS_PER_CLIENT", Limit(1_000_000, timedelta(minutes=10)))


@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_what_the_document_says(case: Case[Any], stored_papers: None) -> None:
    case.call_and_validate()
