"""What broken summarisers write instead of a summary. None of it may be taken for one."""

import re

_ANYWHERE = re.compile(
    r"summary generation failed|motivation analysis unavailable|method extraction failed"
    r"|result analysis unavailable|conclusion extraction failed",
    re.IGNORECASE,
)
_SUBJECT = (
    r"(?:tl;?\s?dr|summar(?:y|ies|[iy][sz]ation)|motivation|methods?|results?|conclusions?|abstract|content|text|task"
    r"|translation|analysis|extraction|generation|processing|ai|llm|model|response|request|parsing|json)"
)
_FAILED = (
    r"(?:failed|failure|unavailable|not\s+available|not\s+(?:provided|found|generated|specified|applicable)|missing|error"
    r"|none|empty|timed\s+out|timeout|could\s+not\s+be\s+(?:generated|extracted|processed|parsed))"
)
_VERB = r"(?:generate|produce|summari[sz]e|extract|process|parse|analy[sz]e)"
_WHOLE = re.compile(
    rf"""(?:the\s+|an?\s+|no\s+)?{_SUBJECT}(?:\s+{_SUBJECT})*(?:\s+(?:is|are|was|were|has|have|currently))*\s+{_FAILED}
           (?:\s*[:(,;–—-].*)?
       | (?:failed|unable|could\s+not)\s+(?:to\s+)?{_VERB}\b.{{0,60}}
       | no\s+{_SUBJECT}(?:\s+{_SUBJECT})*(?:\s+(?:is|was))?(?:\s+(?:available|generated|provided|found|yet))*
       | (?:an?\s+)?(?:unknown\s+|internal\s+)?error(?:\s+(?:occurred|code|message)\b.{{0,60}})?(?:\s*:.*)?
       | failed|unavailable|not\s+available|n/?a|none|null|nil|nan|undefined|todo|tba|tbd|pending|placeholder|string
       | (?:摘要|总结|动机|方法|结果|结论|翻译|处理|生成|分析|提取|内容)+(?:失败|不可用|出错|错误|缺失).{{0,40}}
       | 暂无.{{0,12}}|无|未知
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_EDGES = " \t\r\n.…!?*_`'\"“”‘’「」【】[](){}<>-–—。！？#"


def is_placeholder(text: str) -> bool:
    """True for text that says nothing (`…`) and for words such as "Summary generation failed" or "Error".

    Meant for a whole field of a summary: a sentence that only speaks of failures is no placeholder.
    """
    bare = text.strip(_EDGES)
    return not bare or bool(_ANYWHERE.search(bare)) or bool(_WHOLE.fullmatch(bare))
