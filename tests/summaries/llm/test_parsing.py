"""Where an answer stands among what models say around it, and why there is none."""

import json
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.domain import SummaryText
from digest.summaries.jobs import PaperText
from digest.summaries.llm.client import ModelReply, TokenPrices, parse_completion
from digest.summaries.llm.parsing import MAX_ANSWER_LENGTH, BadAnswer, parse_answer
from digest.summaries.llm.validation import read_reply
from tests.summaries.model import GOOD
from tests.summaries.papers import ABSTRACT, TITLE

GOOD_JSON = json.dumps(GOOD)
DRAFT = json.dumps({**GOOD, "tldr": "Draft: Sieve is about training examples and their gradients."})


def reply_of(message: Mapping[str, Any], finish: str = "stop") -> ModelReply:
    whole = {"choices": [{"message": message, "finish_reason": finish}]}
    completion = json.loads(json.dumps(whole), object_hook=lambda fields: SimpleNamespace(**fields))
    reply = parse_completion(completion, TokenPrices())
    assert isinstance(reply, ModelReply)
    return reply


def reason_of(message: Mapping[str, Any], finish: str = "stop") -> str:
    """Why the answer is refused; empty where it is used."""
    read = read_reply(reply_of(message, finish), PaperText(TITLE, ABSTRACT), "en")
    if isinstance(read, SummaryText):
        assert read == SummaryText(**GOOD)
        return ""
    return read[0].reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<think>", "</think>"),
        ("<thinking>", "</thinking>"),
        ("", "</think>"),
        ("[THINK]", "[/THINK]"),
        ("◁think▷", "◁/think▷"),
        ("<seed:think>", "</seed:think>"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        ("<|begin_of_thought|>", "<|end_of_thought|>"),
        ("<|channel>thought\n", "<channel|>"),
        ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
        ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|message|>"),
        ("analysis", "assistantfinal"),
        ("<think>a</think><think>", "</think>"),
    ],
)
def test_thoughts_are_cut_whatever_their_marks(before: str, after: str) -> None:
    assert reason_of({"content": f"{before}I try {DRAFT} and $\\mathbb{{R}}$.{after}\n{GOOD_JSON}"}) == ""
    assert reason_of({"content": f"{before}{'So it is. ' * 6000}{after}```json\n{GOOD_JSON}\n```"}) == ""


@pytest.mark.parametrize("mark", ["<think>", "[THINK]", "◁think▷", "<|channel|>analysis<|message|>"])
def test_thoughts_without_an_end_are_no_answer(mark: str) -> None:
    assert reason_of({"content": f"{mark}I try {DRAFT}"}) == "thinking"
    assert reason_of({"content": f"{mark}I try {DRAFT}"}, "length") == "cut off"


@pytest.mark.parametrize(
    "content",
    [
        f"Draft: {DRAFT}\nFinal: {GOOD_JSON}",
        f'{GOOD_JSON}\n{{"confidence": 0.9}}',
        f'{{"summary": {GOOD_JSON}}}',
        f"[{GOOD_JSON}]",
        f"{'{x} ' * 50}{GOOD_JSON} I hope that {{helps}}.",
        f"{GOOD_JSON}<|return|>",
        json.dumps(GOOD_JSON),
        json.dumps({"name": "answer", "arguments": GOOD_JSON}),
        GOOD_JSON[:-1] + ",}",
        GOOD_JSON[:-1],
        GOOD_JSON.replace('", "', '" "'),
        GOOD_JSON.replace('{"tldr"', "{tldr"),
        "{'tldr'" + GOOD_JSON.removeprefix('{"tldr"'),
        f"Draft: {DRAFT}\nFinal: {GOOD_JSON[:-1]},}}",
    ],
)
def test_the_last_object_counts_also_where_it_is_nearly_json(content: str) -> None:
    assert reason_of({"content": content}) == ""


@pytest.mark.parametrize("length", [1, 4, 12, 60, 200, len(GOOD_JSON) - 1])
def test_a_draft_does_not_stand_for_an_answer_that_is_cut(length: int) -> None:
    assert reason_of({"content": f"{DRAFT}\nFinal: {GOOD_JSON[:length]}"}, "length") == "cut off"


@pytest.mark.parametrize("announced", ["Final:", "**Final:**\n```json\n", "最终答案："])
def test_a_draft_does_not_stand_for_an_answer_only_announced(announced: str) -> None:
    assert reason_of({"content": f"{DRAFT}\n{announced}"}, "length") == "cut off"
    assert reason_of({"content": f"```json\n{GOOD_JSON}\n```"}, "length") == ""


def test_nearly_json_is_not_read_where_the_length_ended_it() -> None:
    assert reason_of({"content": GOOD_JSON[:-1] + ",}"}, "length") == "cut off"
    assert reason_of({"content": GOOD_JSON[:-1] + ",}"}, "unknown") == "no JSON"


TOOL = {"type": "function", "function": {"name": "answer", "arguments": GOOD_JSON}}


@pytest.mark.parametrize(
    "message",
    [
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]},
                {"type": "text", "text": GOOD_JSON},
            ]
        },
        {"content": [GOOD_JSON[:40], {"type": "text", "text": GOOD_JSON[40:]}]},
        {"content": None, "tool_calls": [TOOL]},
        {"content": "I call the tool.", "tool_calls": [TOOL]},
        {"content": None, "tool_calls": [{"function": {"arguments": GOOD}}]},
        {"content": "", "function_call": {"name": "answer", "arguments": GOOD_JSON}},
        {"content": GOOD_JSON, "reasoning_content": DRAFT},
        {"content": "", "reasoning_content": GOOD_JSON},
        {"content": None, "reasoning": f"{DRAFT}</think>{GOOD_JSON}"},
    ],
)
def test_an_answer_is_found_where_the_service_put_it(message: Mapping[str, Any]) -> None:
    assert reason_of(message) == ""


@pytest.mark.parametrize(
    ("message", "finish", "reason"),
    [
        ({"content": ""}, "stop", "empty"),
        ({"content": None, "reasoning_content": f"First {DRAFT} and then"}, "stop", "empty"),
        ({"content": ""}, "length", "cut off"),
        ({"content": ""}, "content_filter", "content filter"),
        ({"content": None, "refusal": "no"}, "stop", "refusal"),
        ({"content": "I'm sorry, I cannot help with that."}, "stop", "refusal"),
        ({"content": "A good paper."}, "stop", "no JSON"),
        ({"content": '{"summary": "A good paper."}'}, "stop", "missing field"),
        ({"content": '{"tldr": "Bees sort examples by their weight."}'}, "stop", "missing field"),
        ({"content": GOOD_JSON[:80]}, "stop", "cut off"),
        ({"content": 7}, "stop", "empty"),
        ({"content": [7, None, {"type": "text", "text": 7}], "tool_calls": [7], "function_call": 7}, "stop", "empty"),
    ],
)
def test_each_refusal_has_its_true_reason(message: Mapping[str, Any], finish: str, reason: str) -> None:
    assert reason_of(message, finish) == reason


PIECES = (
    "{",
    "}",
    "[",
    '"',
    "\\",
    ",",
    ":",
    "tldr",
    '{"tldr": "',
    "<think>",
    "</think>",
    "```",
    " ",
    "1",
    "a",
    "\n",
    "'",
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=60).map("".join), st.booleans())
def test_no_text_raises_anything_else(text: str, stopped: bool) -> None:
    reason = ""
    try:
        parse_answer(text, stopped=stopped)
    except BadAnswer as error:
        reason = error.reason
    assert reason in {"", "empty", "thinking", "cut off", "no JSON", "missing field"}


@pytest.mark.parametrize(
    "piece", ["{", '{"a":', '{"tldr":', '{"tldr": "', '{"a":1,"b":[{', '"', "\\", "<think>", "<|", '{tldr:"a" "', "["]
)
def test_no_text_takes_long(piece: str) -> None:
    begun = time.process_time()
    for text in (piece * (MAX_ANSWER_LENGTH // len(piece)), GOOD_JSON + piece * 900, (piece + "x}") * 3000):
        try:
            parse_answer(text, stopped=True)
        except BadAnswer:
            continue
    assert time.process_time() - begun < 8


@pytest.mark.data
def test_answers_of_the_field_are_used_or_refused(shared_data: Path) -> None:
    first, *rows = map(json.loads, (shared_data / "field_cases" / "model_answers.jsonl").read_text().splitlines())
    paper = PaperText(first["paper"]["title"], first["paper"]["abstract"])
    for row in rows:
        read = read_reply(reply_of(row["message"], row.get("finish_reason", "stop")), paper, "en")
        used = isinstance(read, SummaryText) and read.tldr == first["good"]["tldr"]
        assert used is (row["right"] == "good"), (row["name"], read)


@pytest.mark.parametrize("finish", [["stop"], {"reason": "stop"}, 1])
def test_an_end_that_is_no_word_is_not_known(finish: object) -> None:
    choice = SimpleNamespace(message=SimpleNamespace(content=GOOD_JSON), finish_reason=finish)
    reply = parse_completion(SimpleNamespace(choices=[choice]), TokenPrices())
    assert isinstance(reply, ModelReply)
    assert (reply.content, reply.stopped, reply.cut) == (GOOD_JSON, False, False)


@pytest.mark.parametrize("cost", ["NaN", "sNaN", float("nan"), float("inf"), "-1"])
def test_a_cost_that_is_no_number_is_estimated(cost: object) -> None:
    choice = SimpleNamespace(message=SimpleNamespace(content=GOOD_JSON), finish_reason="stop")
    usage = SimpleNamespace(prompt_tokens=1_000_000, completion_tokens=0, cost=cost)
    reply = parse_completion(SimpleNamespace(choices=[choice], usage=usage), TokenPrices(Decimal(2), Decimal(3)))
    assert isinstance(reply, ModelReply)
    assert reply.cost == 2
