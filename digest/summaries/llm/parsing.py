"""Parses a model's answer into the five fields. Models think aloud, wrap JSON in talk, and write it nearly right."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields

import json_repair

from digest.domain import SummaryText

# Characters of an answer that are read, from its end: thoughts come first. A good answer has 2,000.
MAX_ANSWER_LENGTH = 40_000

_NAMES = tuple(field.name for field in fields(SummaryText))
_THOUGHT_WORDS = r"(?:think(?:ing)?|thoughts?|thought_process|reasoning|reflection|analysis|scratchpad|cot)"
_THOUGHTS_BEGIN = re.compile(
    rf"[<\[◁][|｜]?(?:\w{{1,20}}:)?{_THOUGHT_WORDS}[|｜]?[>\]▷]"
    rf"|<[|｜](?:begin|start)[_▁](?:of[_▁])?{_THOUGHT_WORDS}[|｜]>"
    r"|<\|channel\|>\s{0,3}analysis|<\|channel>\s{0,3}thought|<\|inner_prefix\|>",
    re.IGNORECASE,
)
_THOUGHTS_END = re.compile(
    rf"[<\[◁][|｜]?\s{{0,3}}/\s{{0,3}}(?:\w{{1,20}}:)?{_THOUGHT_WORDS}\s{{0,3}}[|｜]?[>\]▷]"
    rf"|<[|｜]end[_▁](?:of[_▁])?{_THOUGHT_WORDS}[|｜]>"
    r"|<\|channel\|>\s{0,3}(?:final|commentary)|<\|start\|>assistant\s{0,3}<\|message\|>"
    r"|<channel\|>|<\|inner_suffix\|>|assistantfinal",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
_SUMMARY_BEGINS = re.compile(rf"\{{\s{{0,20}}[\"'“”‘’`]?\s{{0,3}}(?:tl;dr|{'|'.join(_NAMES)})", re.IGNORECASE)
_CUT_LITERAL = re.compile(r"(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-)?\s*\Z")
# A name with a colon, perhaps with the beginning of a fence: the object that it announces did not come.
_ANNOUNCES_MORE = re.compile(r"\w[*_]{0,2}[:：][*_]{0,2}\s{0,9}(?:```\w{0,9}\s{0,9})?\Z")
_MAX_DEPTH = 3


class BadAnswer(ValueError):
    """Raised where no summary can be read from the answer; the text says why, to people and to the model."""

    def __init__(self, reason: str, complaint: str) -> None:
        super().__init__(complaint)
        # One or two words, by which faults are counted.
        self.reason = reason


@dataclass(slots=True)
class _Found:
    """What stands in an answer: the last whole summary, and the unfinished object that begins after it, if any."""

    summary: Mapping[str, object] | None = None
    has_objects: bool = False
    # Behind the last whole summary.
    end: int = 0
    is_cut: bool = False
    # Whether the text ends within a quoted text.
    is_cut_in_text: bool = False


def parse_answer(answer: str, *, stopped: bool = False) -> SummaryText:
    """Return the last JSON object of *answer* that has a tldr.

    Raises BadAnswer if there is none, or if a later one begins and is cut. A field that is missing or no text is empty.
    Nearly-JSON is read only where the model *stopped* by itself.
    """
    if not answer.strip():
        raise BadAnswer("empty", "it is empty")
    text = cut_thoughts(answer)[-MAX_ANSWER_LENGTH:]
    if not text.strip():
        raise BadAnswer("thinking", "it holds thoughts and no answer")
    if text.lstrip().startswith('"'):  # JSON within JSON
        with suppress(ValueError):
            text = str(json.loads(text))
    text = _ESCAPE.sub(lambda match: match[0] if match[1] else r"\\", text)
    found = _find_objects(text)
    rest = text[found.end :]
    if not stopped and found.summary is not None and _ANNOUNCES_MORE.search(rest):
        raise BadAnswer("cut off", "it was cut off; be shorter")
    ends_like_json = rest.rstrip("`\n\r\t ").endswith("}")
    if found.is_cut and (not stopped or (found.is_cut_in_text and not ends_like_json)):
        raise BadAnswer("cut off", "it was cut off; be shorter")
    if begins := list(_SUMMARY_BEGINS.finditer(rest)):
        # A later one is meant to count, so that an earlier draft does not.
        found.summary = _repair(rest[begins[-1].start() :]) if stopped else None
        if found.summary is None:
            raise BadAnswer("no JSON", "its JSON object is not written correctly")
    if found.summary is not None:
        return SummaryText(**{name: _read_text(found.summary.get(name)) for name in _NAMES})
    if found.has_objects:
        raise BadAnswer("missing field", "it holds no JSON object with the key tldr")
    raise BadAnswer("no JSON", "it holds no JSON object with the key tldr")


def cut_thoughts(answer: str) -> str:
    """Return what follows the last mark of thoughts; empty where thoughts begin and do not end."""
    end = max((match.end() for match in _THOUGHTS_END.finditer(answer)), default=0)
    return "" if _THOUGHTS_BEGIN.search(answer, end) else answer[end:]


def _find_objects(text: str) -> _Found:
    decoder, found = json.JSONDecoder(strict=False), _Found()
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except RecursionError:  # nobody writes that by mistake, and each brace would cost as much again
            return found
        except json.JSONDecodeError as error:
            in_text = error.msg.startswith("Unterminated string")
            if not found.is_cut and (in_text or _CUT_LITERAL.match(text, error.pos)):
                found.is_cut, found.is_cut_in_text = True, in_text
            end = position + 1
        except ValueError:  # a number of thousands of digits
            end = position + 1
        else:
            found.has_objects = True
            if summaries := list(_iterate_summaries(value)):
                found.summary, found.end = summaries[-1], end
                found.is_cut = found.is_cut_in_text = False
        position = text.find("{", end)
    return found


def _iterate_summaries(value: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    """Yield the objects with a tldr in *value*: it may be wrapped, or be the arguments of a call."""
    if isinstance(value, str) and depth < _MAX_DEPTH and value.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            yield from _iterate_summaries(json.loads(value), depth + 1)
    elif isinstance(value, list) and depth < _MAX_DEPTH:
        for each in value:
            yield from _iterate_summaries(each, depth + 1)
    elif isinstance(value, dict):
        named = {re.sub(r"[^a-z]", "", key.lower()): each for key, each in value.items() if isinstance(key, str)}
        if "tldr" in named:
            yield named
        elif depth < _MAX_DEPTH:
            for each in named.values():
                yield from _iterate_summaries(each, depth + 1)


def _repair(text: str) -> Mapping[str, object] | None:
    try:
        repaired = json_repair.loads(text)
    except Exception:  # whatever breaks in the library, the answer cannot be read
        return None
    return next(_iterate_summaries(repaired), None)


def _read_text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
