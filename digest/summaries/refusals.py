"""Words that no summary may hold: what failed writers leave behind in place of one."""

import re

from digest.sources.placeholders import is_placeholder

_GAP = r"[\W_]*"
_WHAT = (
    r"(?:summary|summaries|summari[sz]ation|tl;?dr|motivation|method|methods|result|results|conclusion|conclusions"
    r"|abstract|translation|content|text)"
)
_DEED = r"(?:generation|analysis|extraction|processing|creation|parsing|translation|summari[sz]ation)"
_STATE = (
    r"(?:(?:has|have|is|was|were)?[\W_]*(?:failed|failure|unavailable|error|errored|not[\W_]*available|timed[\W_]*out)"
    r"|could[\W_]*not[\W_]*be|incomplete)"
)
_PLACEHOLDER = re.compile(
    rf"\b{_WHAT}{_GAP}{_DEED}{_GAP}{_STATE}\b"
    rf"|\b(?:no|missing){_GAP}(?:summary|tl;?dr|abstract){_GAP}(?:available|provided|generated)\b"
    rf"|\b(?:summary|tl;?dr|abstract){_GAP}(?:is{_GAP})?(?:not{_GAP}available|unavailable)\b"
    rf"|\b(?:failed|unable){_GAP}to{_GAP}(?:generate|create|write|produce){_GAP}(?:a{_GAP}|the{_GAP})?(?:summary|tl;?dr)\b"
    r"|(?:摘要|总结|动机|方法|结果|结论|内容|翻译)[的]?(?:生成|分析|提取|处理)(?:失败|不可用|出错|错误)|(?:无法|未能)(?:生成|提供)(?:摘要|总结)"
    r"|暂无(?:摘要|总结)",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def refuse(text: str) -> str:
    """The placeholder that *text* holds or is, or "" where there is none.

    Sources recognise a field that is nothing but a placeholder; here a sentence that contains one counts too.
    """
    seen = _INVISIBLE.sub("", text)
    if found := _PLACEHOLDER.search(seen):
        return found.group()
    return seen.strip() if is_placeholder(seen) else ""
