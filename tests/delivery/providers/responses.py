"""Answers of providers, made without a network."""

from requests import Response


def response(status: int, body: str) -> Response:
    answer = Response()
    answer.status_code, answer._content, answer.encoding = status, body.encode(), "utf-8"
    return answer
