"""Checks a model's answer before anybody sees it."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import NamedTuple

from digest.domain import SummaryText
from digest.infra.language_detection import detect_language
from digest.sources.summary_placeholders import find_placeholder
from digest.summaries.jobs import PaperText
from digest.summaries.llm.client import ModelReply
from digest.summaries.llm.contacts_check import find_foreign_contacts
from digest.summaries.llm.language_rules import check_script, rules_of
from digest.summaries.llm.numbers_check import find_foreign_numbers
from digest.summaries.llm.parsing import BadAnswer, parse_answer

# Characters of a field that is too long anyway: patterns searched in a service's long nonsense would take minutes.
MAX_CHARACTERS_CHECKED = 2_000

# Unicode's categories of controls, marks that turn or hide text, surrogates, private and unassigned signs, and breaks.
_UNPRINTABLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKUP = re.compile(
    r"</?[A-Za-z!][^<>]*>|&(?:#\w+|[a-z]{2,8});|\*\*|__|`|~~|!?\[[^\]]*\]\([^)]*\)|^\s*(?:#{1,6} |[-*+•] |\d+[.)] |>)"
)
_THINKING = re.compile(r"</?\s*(?:think|thinking|reasoning|analysis|scratchpad)\b|<\|", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\bas an? (?:ai|artificial intelligence)(?: (?:language )?model| assistant)?[,.]"
    r"|\bas a (?:large )?language model\b"
    r"|\bI(?:['’]m| am)? (?:sorry|apologi[sz]e|unable|cannot|can['’]?t|not able|afraid)\b"
    r"|\bI (?:do not|don['’]t) have\b|\b(?:cannot|can['’]t|unable to) (?:assist|help|comply|fulfil) (?:with|you)\b"
    r"|\b(?:ignore|disregard) (?:all |the |any )?(?:previous|prior|above)\b"
    r"|作为(?:一个|一名)?(?:人工智能|AI|语言模型|大模型)|抱歉|对不起|我(?:无法|不能)|忽略(?:之前|以上|先前)",
    re.IGNORECASE,
)
# This share of the longer words of an English tldr must come from the paper. Real ones have 0.5 and more.
_MIN_SHARED_WORDS = 0.15


class SummaryFault(NamedTuple):
    """A reason why a summary may not be shown."""

    # One or two words, by which faults are counted.
    reason: str
    # The fault in words that a model understands.
    complaint: str


def read_reply(reply: ModelReply, paper: PaperText, language: str) -> SummaryText | list[SummaryFault]:
    """Return the text that may be shown, or what is wrong with it."""
    text = read_text(reply)
    return text if isinstance(text, list) else find_faults(text, paper, language) or text


def read_text(reply: ModelReply) -> SummaryText | list[SummaryFault]:
    """Return the text that an answer holds, which nobody has checked yet, or why there is none."""
    if reply.refusal:
        return [SummaryFault("content filter" if reply.filtered else "refusal", reply.refusal)]
    try:
        return parse_answer(reply.content, stopped=reply.stopped)
    except BadAnswer as error:
        if reply.cut:
            return [SummaryFault("cut off", "it was cut off; be shorter")]
        if error.reason == "no JSON" and _REFUSAL.search(reply.content[:MAX_CHARACTERS_CHECKED]):
            return [SummaryFault("refusal", "it speaks of the writer instead of the paper")]
        return [SummaryFault(error.reason, str(error))]


def find_faults(text: SummaryText, paper: PaperText, language: str) -> list[SummaryFault]:
    """Return what is wrong with *text*; empty if it may be shown."""
    fields = asdict(text)
    source = f"{paper.title}\n{paper.abstract}"
    found = [
        SummaryFault(reason, f'"{name}" {fault}')
        for name, value in fields.items()
        for reason, fault in check_field(name, value, source, language)
    ]
    whole_text = " ".join(value for value in fields.values() if value)
    if not found and detect_language(whole_text) != language:
        found.append(SummaryFault("language", f"it is not written in the language {language}"))
    if not found and language == "en" and _is_unrelated(text.tldr, source):
        found.append(SummaryFault("another paper", '"tldr" says nothing of the paper'))
    return found


def check_field(name: str, value: str, source: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a field by itself: its reason, and the fault in words."""
    if not value.strip():
        yield "missing field", "is missing or empty"
        return
    length_fault = rules_of(language).check_length(name == "tldr", value)
    if length_fault:
        yield "too long", length_fault
        value = value[:MAX_CHARACTERS_CHECKED]
    for has_fault, reason, fault in _CHECKS:
        if has_fault(value, source):
            yield reason, fault
    if length_fault:
        return
    if script_fault := check_script(value, language):
        yield "language", script_fault
    if numbers := find_foreign_numbers(value, source):
        yield "numbers", f"has numbers that title and abstract do not have: {', '.join(numbers[:5])}"


_CHECKS: tuple[tuple[Callable[[str, str], bool], str, str], ...] = (
    (
        lambda value, source: any(unicodedata.category(sign) in _UNPRINTABLE_CATEGORIES for sign in value),
        "control characters",
        "has line breaks or control characters",
    ),
    (lambda value, source: bool(_THINKING.search(value)), "thinking", "shows how the answer was found"),
    (lambda value, source: bool(_MARKUP.search(value)), "markup", "has markup or Markdown"),
    (
        lambda value, source: bool(find_foreign_contacts(value, source)),
        "link",
        "has a link, a domain, an address or a phone number that title and abstract do not have",
    ),
    (lambda value, source: bool(_REFUSAL.search(value)), "refusal", "speaks of the writer instead of the paper"),
    (lambda value, source: bool(find_placeholder(value)), "placeholder", "is a placeholder"),
)


def _is_unrelated(tldr: str, source: str) -> bool:
    words = set(re.findall(r"[a-z]{4,}", tldr.lower()))
    known = set(re.findall(r"[a-z]{4,}", source.lower()))
    return bool(words) and len(words & known) < _MIN_SHARED_WORDS * len(words)
