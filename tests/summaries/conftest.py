from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from digest.summaries.llm import dispatcher
from tests.summaries.model import FakeModel


@pytest.fixture(scope="session")
def model_server() -> Iterator[HTTPServer]:
    """One for all tests, as its stop costs half a second. It answers several requests at once."""
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as server:
        yield server


@pytest.fixture
def model(model_server: HTTPServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """A configured model; a test says what it answers."""
    model_server.clear()
    fake = FakeModel(model_server)
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake.address, "sk-test"
    settings.OPENAI_MODEL, settings.LLM_TIMEOUT, settings.LLM_CONCURRENCY = "small-1", 5, 4
    monkeypatch.setattr(dispatcher, "BACKOFF_SECONDS", 0.01)
    return fake
