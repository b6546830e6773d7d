"""A service on this machine that takes batches and answers them when a test says so."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.summaries.model import CHINESE, GOOD

USAGE = {"prompt_tokens": 300, "completion_tokens": 100, "total_tokens": 400}

Line = dict[str, Any]


class FakeBatchService:
    """Keeps files and batches; `answer` makes the line that comes back for a request, or None for none."""

    def __init__(self, server: HTTPServer) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        # What the next new batch gets instead of an answer.
        self.refuses: Response | None = None
        self.dies_after_creating = False
        self.breaks_off = False
        server.expect_request("/v1/files", method="POST").respond_with_handler(self._upload)
        server.expect_request("/v1/batches", method="POST").respond_with_handler(self._create)
        server.expect_request("/v1/batches", method="GET").respond_with_handler(self._list)
        for number in range(1, 9):
            server.expect_request(f"/v1/batches/batch-{number}").respond_with_handler(self._show)
            for kind in ("out", "err"):
                path = f"/v1/files/{kind}-{number}/content"
                server.expect_request(path).respond_with_handler(self._download)

    def requests(self, batch: str = "batch-1") -> list[Line]:
        file = self.files[self.batches[batch]["input_file_id"]]
        return [json.loads(line) for line in file.decode().splitlines()]

    def finish(
        self,
        answer: Callable[[Line], Line | str | None],
        batch: str = "batch-1",
        status: str = "completed",
        failed: Callable[[Line], Line | None] = lambda request: None,
    ) -> None:
        number = batch.removeprefix("batch-")
        for kind, name, make in (("out", "output_file_id", answer), ("err", "error_file_id", failed)):
            lines = [line for request in self.requests(batch) if (line := make(request)) is not None]
            self.files[f"{kind}-{number}"] = "\n".join(map(_line, lines)).encode()
            self.batches[batch][name] = f"{kind}-{number}" if lines else None
        self.batches[batch]["status"] = status

    def _upload(self, request: Request) -> Response:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = request.files["file"].read()
        return _json({"id": name, "object": "file", "purpose": request.form["purpose"]})

    def _create(self, request: Request) -> Response:
        if self.refuses is not None:
            refusal, self.refuses = self.refuses, None
            return refusal
        name = f"batch-{len(self.batches) + 1}"
        asked = json.loads(request.get_data())
        self.batches[name] = {"id": name, "object": "batch", "status": "validating", **asked}
        if self.dies_after_creating:
            self.dies_after_creating = False
            return Response("", status=504)
        return _json(self.batches[name])

    def _list(self, request: Request) -> Response:
        return _json({"object": "list", "data": list(self.batches.values()), "has_more": False})

    def _show(self, request: Request) -> Response:
        batch = self.batches.get(request.path.rsplit("/", 1)[1])
        return _json(batch) if batch else Response('{"error": {"message": "no such batch"}}', status=404)

    def _download(self, request: Request) -> Response:
        file = self.files[request.path.split("/")[3]]
        response = Response(file, content_type="application/octet-stream")
        response.content_length = len(file) + self.breaks_off
        return response


def well(request: Line) -> Line:
    """A good answer in the language that was asked for."""
    chinese = "Chinese" in request["body"]["messages"][0]["content"]
    return with_content(request, json.dumps(CHINESE if chinese else GOOD, ensure_ascii=False))


def with_content(request: Line, content: str | None) -> Line:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return with_body(request, {"choices": [choice], "usage": USAGE})


def with_body(request: Line, body: object, status: int = 200) -> Line:
    return {"custom_id": request["custom_id"], "response": {"status_code": status, "body": body}, "error": None}


def _line(line: Line | str) -> str:
    return line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)


def _json(fields: Mapping[str, Any]) -> Response:
    return Response(json.dumps(fields), content_type="application/json")
