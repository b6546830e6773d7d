"""Hugging Face and GitHub of our own, on one local server."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.signals import collect
from digest.signals.collect import SignalReport, collect_signals
from digest.sources.github import GitHub
from digest.sources.http.client import Politeness
from digest.sources.huggingface import HuggingFace
from tests.ingest.fetched import DAY

AT = datetime(2026, 2, 3, 7, tzinfo=UTC)
HASTY = Politeness(
    delay=0, initial_backoff=0, max_attempts=1, connect_timeout=1, read_timeout=1, deadline=5, max_response_seconds=2
)


def liked(number: int, **inside: object) -> dict[str, Any]:
    return {"paper": {"id": f"2602.{number:05}", **inside}}


class Services:
    """Both services: their answers, and which of them is down (huggingface, github)."""

    def __init__(self, server: HTTPServer) -> None:
        self.lists: dict[date, object] = {}
        self.stars: dict[str, int] = {}
        self.at = AT
        self.down: set[str] = set()
        self.server = server
        server.expect_request("/api/daily_papers").respond_with_handler(self._list)
        server.expect_request(re.compile("/repos/.*")).respond_with_handler(self._repository)

    def observe(self, day: date = DAY) -> Mapping[str, SignalReport]:
        return collect_signals(day, huggingface=self.huggingface(), github=self.github())

    def huggingface(self) -> HuggingFace:
        url = self.server.url_for("/api/daily_papers")
        return HuggingFace(url, contact="", politeness=HASTY, clock=lambda: self.at)

    def github(self) -> GitHub:
        url = self.server.url_for("").rstrip("/")
        return GitHub(url, contact="", politeness=HASTY, max_connections=1, clock=lambda: self.at)

    def hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let clients that are opened from the settings make no pauses either."""
        monkeypatch.setattr(collect, "HuggingFace", partial(HuggingFace, politeness=HASTY))

    def _list(self, request: Request) -> Response:
        body = json.dumps(self.lists.get(date.fromisoformat(request.args["date"]), []))
        return Response("down", 500) if "huggingface" in self.down else Response(body)

    def _repository(self, request: Request) -> Response:
        if "github" in self.down:
            return Response("limit", 403, {"X-RateLimit-Remaining": "0"})
        found = self.stars.get(request.path.removeprefix("/repos/"))
        return Response("{}", 404) if found is None else Response(json.dumps({"stargazers_count": found}))
