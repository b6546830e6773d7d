"""Parses a model's answer into the five fields. Models wrap JSON in fences, talk around it, and escape it wrongly."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from digest.domain import SummaryText

# Characters of an answer that are read; a good one has 2,000.
MAX_ANSWER_LENGTH = 40_000

_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_WRONG_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
_NAMES = tuple(field.name for field in fields(SummaryText))
_MAX_OBJECTS_TRIED = 20


class BadAnswer(ValueError):
    """Raised where no summary can be read from the answer; the text says why, to people and to the model."""


def parse_answer(answer: str) -> SummaryText:
    """Return the first JSON object of *answer* that has a tldr. Raises BadAnswer if there is none.

    A field that is missing or no text is empty.
    """
    # Some models think aloud first, between marks at the very beginning.
    answer = _THOUGHTS.sub("", answer[:MAX_ANSWER_LENGTH], count=1)
    for found in _iterate_objects(answer):
        values = {re.sub(r"[^a-z]", "", key.lower()): value for key, value in found.items()}
        if "tldr" in values:
            return SummaryText(**{name: _text(values.get(name)) for name in _NAMES})
    raise BadAnswer("it holds no JSON object with the key tldr")


def _iterate_objects(answer: str) -> Iterator[Mapping[str, object]]:
    decoder = json.JSONDecoder(strict=False)
    starts = [match.start() for match in re.finditer(r"\{", answer)][:_MAX_OBJECTS_TRIED]
    for start in starts:
        for text in (answer[start:], _WRONG_ESCAPE.sub(r"\\\\", answer[start:])):
            try:
                found, _ = decoder.raw_decode(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found
            break


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
