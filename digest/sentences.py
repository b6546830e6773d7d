"""Joins reasons and sentences for operators, whatever they end with: mail servers write their own."""

from collections.abc import Iterable

# What a sentence may end with, in the languages that answers come in.
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")
FINAL_MARKS = " .,;:!?…。；，：！？"


def join_reasons(texts: Iterable[str]) -> str:
    """Return *texts* on one line: a sentence is followed by the next, what has no end of its own by a semicolon."""
    joined = ""
    for text in texts:
        words = text.strip(" ;")
        if not words:
            continue
        separator = " " if not joined or joined.endswith(SENTENCE_ENDS) else "; "
        joined = f"{joined}{separator}{words}".lstrip()
    return joined


def strip_final_marks(reason: str) -> str:
    """Return *reason* without punctuation at its end, to stand in the middle of a sentence."""
    return reason.rstrip(FINAL_MARKS)
