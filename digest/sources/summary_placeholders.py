"""What broken summarisers write instead of a summary. None of it may be taken for one."""

import re
from dataclasses import asdict

from digest.domain import SummaryText

# --- the words ------------------------------------------------------------------------------------------------------
_FIELD = (
    r"(?:tl;?\s?dr|summar(?:y|ies|[iy][sz]ation)|motivation|methods?|results?|conclusions?|abstract|translation|content"
    r"|text)"
)
_DEED = r"(?:generation|analysis|extraction|processing|creation|parsing|translation|summar[iy][sz]ation)"
_BROKEN = r"(?:failed|failure|unavailable|not[\W_]?available|error(?:ed)?|timed[\W_]?out)"
# The fields that are said to be missing: a paper may well have `no method available`.
_NO_FIELD = r"(?:summary|tl;?dr|abstract)"
_FIELD_ZH = "摘要|总结|动机|方法|结果|结论|内容|翻译"
_DEED_ZH = "生成|分析|提取|处理"
_BROKEN_ZH = "失败|不可用|出错|错误"

# --- a field that is nothing else -----------------------------------------------------------------------------------
_SUBJECT = rf"(?:{_FIELD}|{_DEED}|task|ai|llm|model|response|request|json)"
_FAILED = (
    rf"(?:{_BROKEN}|not\s+(?:provided|found|generated|specified|applicable)|missing|none|empty|timeout"
    r"|could\s+not\s+be\s+(?:generated|extracted|processed|parsed))"
)
_VERB = r"(?:generate|produce|summari[sz]e|extract|process|parse|analy[sz]e)"
_WHOLE = re.compile(
    rf"""(?:the\s+|an?\s+|no\s+)?{_SUBJECT}(?:\s+{_SUBJECT})*(?:\s+(?:is|are|was|were|has|have|currently))*\s+{_FAILED}
           (?:\s*[:(,;–—-].*)?
       | (?:failed|unable|could\s+not)\s+(?:to\s+)?{_VERB}\b.{{0,60}}
       | no\s+{_SUBJECT}(?:\s+{_SUBJECT})*(?:\s+(?:is|was))?(?:\s+(?:available|generated|provided|found|yet))*
       | (?:an?\s+)?(?:unknown\s+|internal\s+)?error(?:\s+(?:occurred|code|message)\b.{{0,60}})?(?:\s*:.*)?
       | failed|unavailable|not\s+available|n/?a|none|null|nil|nan|undefined|todo|tba|tbd|pending|placeholder|string
       | (?:{_FIELD_ZH}|{_DEED_ZH})+(?:{_BROKEN_ZH}|缺失).{{0,40}}
       | 暂无.{{0,12}}|无|未知
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
# A field that is nothing but a placeholder is shorter; long ones are not matched as a whole.
MAX_PLACEHOLDER_LENGTH = 1_000
_EDGES = " \t\r\n.…!?*_`'\"“”‘’「」【】[](){}<>-–—。！？#"

# --- a sentence that holds one --------------------------------------------------------------------------------------
# The text is squeezed before, so that a run of signs costs nothing: two neighbouring `[\W_]*` took minutes.
_GAP = " ?"
_SIGNS = re.compile(r"[\W_]+")
_STATE = rf"(?:(?:has|have|is|was|were)?{_GAP}{_BROKEN}|could{_GAP}not{_GAP}be|incomplete)"
_WITHIN = re.compile(
    rf"\b{_FIELD}{_GAP}{_DEED}{_GAP}{_STATE}\b"
    rf"|\b(?:no|missing){_GAP}{_NO_FIELD}{_GAP}(?:available|provided|generated)\b"
    rf"|\b{_NO_FIELD}{_GAP}(?:is{_GAP})?(?:not{_GAP}available|unavailable)\b"
    rf"|\b(?:failed|unable){_GAP}to{_GAP}(?:generate|create|write|produce){_GAP}(?:a{_GAP}|the{_GAP})?(?:summary|tl;?dr)\b"
    rf"|(?:{_FIELD_ZH})的?(?:{_DEED_ZH})(?:{_BROKEN_ZH})|(?:无法|未能)(?:生成|提供)(?:摘要|总结)|暂无(?:摘要|总结)",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def is_placeholder(text: str) -> bool:
    """True for text that says nothing (`…`) and for words such as "Summary generation failed" or "Error".

    Meant for a whole field of a summary: a sentence that only speaks of failures is no placeholder.
    """
    bare = _INVISIBLE.sub("", text).strip(_EDGES)
    return (
        not bare
        or bool(_WITHIN.search(_squeezed(bare)))
        or (len(bare) <= MAX_PLACEHOLDER_LENGTH and bool(_WHOLE.fullmatch(bare)))
    )


def _squeezed(text: str) -> str:
    return _SIGNS.sub(" ", text)


def find_placeholder(text: str) -> str:
    """The placeholder that *text* is or holds, or "" where there is none: what may be stored holds none."""
    seen = _INVISIBLE.sub("", text)
    if found := _WITHIN.search(_squeezed(seen)):
        return found.group()
    return seen.strip() if is_placeholder(seen) else ""


def without_placeholders(text: SummaryText) -> SummaryText | None:
    """*text* without the fields that hold a placeholder; None when its TL;DR does. The last door before the table."""
    kept = {name: "" if find_placeholder(said) else said for name, said in asdict(text).items()}
    return SummaryText(**kept) if kept["tldr"] else None
