"""A model's answer into the five fields: models wrap JSON in fences, talk around it, and escape it wrongly."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from digest.domain import SummaryText

# Characters of an answer that are looked at; a good one has 2,000.
MAX_ANSWER_LENGTH = 40_000

_THOUGHT = re.compile(r"\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_WRONG_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
_NAMES = tuple(field.name for field in fields(SummaryText))
_OPENINGS = 20


class BadAnswer(ValueError):
    """Raised where no summary can be read from the answer; the text says why, to people and to the model."""


def parse_answer(answer: str) -> SummaryText:
    """The first JSON object of *answer* that has a tldr. A field that is missing or no text is ""."""
    answer = _without_thoughts(answer[:MAX_ANSWER_LENGTH])
    for found in _objects(answer):
        values = {_name(key): value for key, value in found.items()}
        if "tldr" in values:
            return SummaryText(**{name: _text(values.get(name)) for name in _NAMES})
    raise BadAnswer("it holds no JSON object with the key tldr")


def _without_thoughts(answer: str) -> str:
    """Some models think aloud first; what stands between their marks at the very beginning is left out."""
    match = _THOUGHT.match(answer)
    return answer[match.end() :] if match else answer


def _objects(answer: str) -> Iterator[Mapping[str, object]]:
    decoder = json.JSONDecoder(strict=False)
    starts = [match.start() for match in re.finditer(r"\{", answer)][:_OPENINGS]
    for start in starts:
        for text in (answer[start:], _WRONG_ESCAPE.sub(r"\\\\", answer[start:])):
            try:
                found, _ = decoder.raw_decode(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found
            break


def _name(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
