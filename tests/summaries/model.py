"""A model service on this machine that answers what a test tells it to."""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

GOOD = {
    "tldr": "Sieve weighs training examples by their gradient norm and cuts the cost of training by 37.5%.",
    "motivation": "Training large models is expensive and it is unclear which data matter.",
    "method": "Every example is weighed by a running estimate of its gradient norm over 1000 steps.",
    "result": "On 3 benchmarks the cost falls by 37.5%.",
    "conclusion": "Most examples can be left out.",
}
CHINESE = {
    "tldr": "Sieve 按梯度范数为训练样本加权，使训练成本降低 37.5%。",
    "motivation": "训练大模型成本高昂，而且尚不清楚哪些数据真正重要。",
    "method": "用 1000 步的滑动估计计算每个样本的梯度范数，并据此加权。",
    "result": "在三个基准上，训练成本降低了 37.5%。",
    "conclusion": "大多数样本可以省去而不影响结果。",
}

# The content of a completion, or the whole response, or what makes it.
Answer = str | None | Response | Callable[[], Response]


class FakeModel:
    """Answers in turn what it was given; the last answer for ever. A second model may have answers of its own."""

    def __init__(self, server: HTTPServer) -> None:
        self.answers: list[Answer] = [json.dumps(GOOD)]
        self.second: dict[str, list[Answer]] = {}
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.address = server.url_for("/v1")
        server.expect_request("/v1/chat/completions", method="POST").respond_with_handler(self._respond)

    @property
    def calls(self) -> int:
        return len(self.requests)

    def will_answer(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def will_answer_as(self, name: str, *answers: Answer) -> None:
        self.second[name] = list(answers)

    def calls_of(self, name: str) -> int:
        return sum(request["model"] == name for request in self.requests)

    def _respond(self, request: Request) -> Response:
        asked = json.loads(request.get_data())
        self.requests.append(asked)
        self.headers.append(dict(request.headers))
        answers = self.second.get(asked["model"], self.answers)
        answer = answers[min(self.calls_of(asked["model"]), len(answers)) - 1]
        if isinstance(answer, Response):
            return answer
        return answer() if callable(answer) else completion(answer)


def completion(content: str | None, **more: object) -> Response:
    """A chat completion with *content*; *more* goes into its one choice's message."""
    message = {"role": "assistant", "content": content, **more}
    return body({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


def body(fields: Mapping[str, object], status: int = 200, **headers: str) -> Response:
    usage = {"prompt_tokens": 300, "completion_tokens": 100, "total_tokens": 400}
    whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "small-1", "usage": usage, **fields}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(whole), status=status, headers=named, content_type="application/json")


def error(status: int, code: str = "", message: str = "no", **headers: str) -> Response:
    return body(
        {"error": {"message": message, "type": code or None, "param": None, "code": code or None}}, status, **headers
    )


def hang(seconds: float) -> Callable[[], Response]:
    return hang_until(threading.Event(), seconds)


def hang_until(gate: threading.Event, seconds: float = 10) -> Callable[[], Response]:
    """Says nothing until the gate is opened, and in the end all the same."""

    def respond() -> Response:
        gate.wait(seconds)
        return completion(json.dumps(GOOD))

    return respond
