"""A model service learns of papers and languages, never of readers: the privacy page says so."""

import json

import pytest
from django.core.management import call_command

from tests.people import bao, chidi, subscribe
from tests.summaries.model import FakeModel
from tests.summaries.papers import DAY, edition

pytestmark = pytest.mark.django_db


def test_nothing_about_a_reader_goes_to_a_model(model: FakeModel) -> None:
    edition(2)
    subscribe(bao, categories="cs.LG", filters="author:zebulon\nquagmire", timezone="Pacific/Chatham")
    subscribe(chidi, categories="cs.LG", filters='"zebulon quagmire"')
    call_command("write_summaries", "--date", DAY.isoformat())
    assert model.calls
    told = json.dumps([model.requests, model.headers], default=str, ensure_ascii=False).lower()
    for word in ("zebulon", "quagmire", "chatham", bao.email, chidi.email, "@example.cn"):
        assert word not in told
    assert {key for request in model.requests for key in request} <= {"model", "messages", "response_format"}
