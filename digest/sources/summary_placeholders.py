"""Placeholders that broken summarisers write instead of a summary. None may be stored as a summary."""

import re
from dataclasses import asdict

from digest.domain import SummaryText

# --- words of the patterns ------------------------------------------------------------------------------------------
_FIELD = (
    r"(?:tl;?\s?dr|summar(?:y|ies|[iy][sz]ation)|motivation|methods?|results?|conclusions?|abstract|translation|content"
    r"|text)"
)
_TASK = r"(?:generation|analysis|extraction|processing|creation|parsing|translation|summar[iy][sz]ation)"
_FAILURE = r"(?:failed|failure|unavailable|not[\W_]?available|error(?:ed)?|timed[\W_]?out)"
# Fields of which a sentence may say that they are missing: a paper may well have `no method available`.
_MISSING_FIELD = r"(?:summary|tl;?dr|abstract)"
_FIELD_ZH = "摘要|总结|动机|方法|结果|结论|内容|翻译"
_TASK_ZH = "生成|分析|提取|处理"
_FAILURE_ZH = "失败|不可用|出错|错误"

# --- a whole field that is a placeholder ----------------------------------------------------------------------------
_SUBJECT = rf"(?:{_FIELD}|{_TASK}|task|ai|llm|model|response|request|json)"
_FAILED_STATE = (
    rf"(?:{_FAILURE}|not\s+(?:provided|found|generated|specified|applicable)|missing|none|empty|timeout"
    r"|could\s+not\s+be\s+(?:generated|extracted|processed|parsed))"
)
_VERB = r"(?:generate|produce|summari[sz]e|extract|process|parse|analy[sz]e)"
_WHOLE_FIELD = re.compile(
    rf"""(?:the\s+|an?\s+|no\s+)?{_SUBJECT}(?:\s+{_SUBJECT})*(?:\s+(?:is|are|was|were|has|have|currently))*\s+{_FAILED_STATE}
           (?:\s*[:(,;–—-].*)?
       | (?:failed|unable|could\s+not)\s+(?:to\s+)?{_VERB}\b.{{0,60}}
       | no\s+{_SUBJECT}(?:\s+{_SUBJECT})*(?:\s+(?:is|was))?(?:\s+(?:available|generated|provided|found|yet))*
       | (?:an?\s+)?(?:unknown\s+|internal\s+)?error(?:\s+(?:occurred|code|message)\b.{{0,60}})?(?:\s*:.*)?
       | failed|unavailable|not\s+available|n/?a|none|null|nil|nan|undefined|todo|tba|tbd|pending|placeholder|string
       | (?:{_FIELD_ZH}|{_TASK_ZH})+(?:{_FAILURE_ZH}|缺失).{{0,40}}
       | 暂无.{{0,12}}|无|未知
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
# A field that is nothing but a placeholder is shorter. Longer ones are not matched as a whole.
MAX_PLACEHOLDER_LENGTH = 1_000
_EDGE_CHARACTERS = " \t\r\n.…!?*_`'\"“”‘’「」【】[](){}<>-–—。！？#"

# --- a placeholder within a sentence --------------------------------------------------------------------------------
# Runs of punctuation become one space first: with two neighbouring `[\W_]*` instead, matching took minutes.
_GAP = " ?"
_PUNCTUATION = re.compile(r"[\W_]+")
_STATE = rf"(?:(?:has|have|is|was|were)?{_GAP}{_FAILURE}|could{_GAP}not{_GAP}be|incomplete)"
_WITHIN_SENTENCE = re.compile(
    rf"\b{_FIELD}{_GAP}{_TASK}{_GAP}{_STATE}\b"
    rf"|\b(?:no|missing){_GAP}{_MISSING_FIELD}{_GAP}(?:available|provided|generated)\b"
    rf"|\b{_MISSING_FIELD}{_GAP}(?:is{_GAP})?(?:not{_GAP}available|unavailable)\b"
    rf"|\b(?:failed|unable){_GAP}to{_GAP}(?:generate|create|write|produce){_GAP}(?:a{_GAP}|the{_GAP})?(?:summary|tl;?dr)\b"
    rf"|(?:{_FIELD_ZH})的?(?:{_TASK_ZH})(?:{_FAILURE_ZH})|(?:无法|未能)(?:生成|提供)(?:摘要|总结)|暂无(?:摘要|总结)",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def is_placeholder(text: str) -> bool:
    """Return whether a whole field of a summary says nothing (`…`), or only something like "Summary generation failed".

    A sentence that merely speaks of failures is no placeholder.
    """
    bare = _INVISIBLE.sub("", text).strip(_EDGE_CHARACTERS)
    return (
        not bare
        or bool(_WITHIN_SENTENCE.search(_squeeze_punctuation(bare)))
        or (len(bare) <= MAX_PLACEHOLDER_LENGTH and bool(_WHOLE_FIELD.fullmatch(bare)))
    )


def _squeeze_punctuation(text: str) -> str:
    return _PUNCTUATION.sub(" ", text)


def find_placeholder(text: str) -> str:
    """Return the placeholder that *text* is or contains; "" where there is none, so that it may be stored."""
    visible = _INVISIBLE.sub("", text)
    if match := _WITHIN_SENTENCE.search(_squeeze_punctuation(visible)):
        return match.group()
    return visible.strip() if is_placeholder(visible) else ""


def without_placeholders(text: SummaryText) -> SummaryText | None:
    """Return *text* with empty strings for placeholders; None when its TL;DR holds one."""
    fields = {name: "" if find_placeholder(value) else value for name, value in asdict(text).items()}
    return SummaryText(**fields) if fields["tldr"] else None
