"""Reads from a comment or an abstract whether a paper is withdrawn, or only withdrawn from a venue.

arXiv has no field for it in its listings and its API: authors say so in the comment, in words of their own, and arXiv's
administrators in a note (arXiv help, "Withdraw an article"). A paper that is only withdrawn from a conference stays.
"""

import re
from typing import Literal

WithdrawalVerdict = Literal["withdrawn", "unclear", ""]

# Characters of an abstract that can begin with a withdrawal.
MAX_OPENING_LENGTH = 300
_SPEAKS_OF_IT = re.compile(r"withdr[ae]w|\bretract(?:ed|ing|ion)?\b|\bremoved\b|\btaken\s+down\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=\S)|\n+|(?<=[a-z]\.)(?=[A-Z])")

_PAPER = r"(?:paper|article|submission|manuscript|preprint|e-?print|work|version|study|report|note|letter|document)s?"
_THIS = rf"(?:this|the|our|my|present|current)\s+(?:\w+\s+){{0,2}}?{_PAPER}"
_GONE = r"(?:withdrawn|retracted|removed|taken\s+down)"
_TO_BE = (
    r"(?:(?:has|have|had)\s+(?:now\s+|since\s+)?been|is|was|are|is\s+being|is\s+now|should\s+be|must\s+be|needs\s+to\s+be"
    r"|will\s+be|is\s+to\s+be|is\s+hereby)(?:\s+(?:considered|regarded)(?:\s+as)?)?"
)
_ADVERB = r"(?:(?:temporarily|voluntarily|officially|formally|hereby|now|therefore|thus)\s+)?"
_BY_ARXIV = r"(?:by|from)\s+(?:the\s+)?arXiv\b(?:'s)?"
_WHO = r"(?:(?:the|all|both)\s+(?:\w+\s+){0,2}?authors?|the\s+submitter|we|I|authors?)"
_ACTIVE = r"(?:withdraw|withdrew|withdrawn|withdrawing|withdraws|retract|retracted|retracting|retracts)"

# What a sentence says about this paper itself.
_WITHDRAWN = re.compile(
    # "This paper has been withdrawn", "the manuscript should be retracted".
    rf"\b{_THIS}\s+{_TO_BE}\s+{_ADVERB}{_GONE}\b"
    # "This paper contains an error and is therefore withdrawn", "it was withdrawn by the authors".
    rf"|\b{_THIS}\s[^,;]{{0,100}}\b(?:and|so)\s+(?:it\s+)?{_TO_BE}\s+{_ADVERB}(?:withdrawn|retracted)\b"
    rf"|\b(?:it|{_PAPER})\s+{_TO_BE}\s+{_ADVERB}(?:withdrawn|retracted)\s+by\s+(?:the|its|all|both)\s+(?:\w+\s+)?authors?\b"
    # "Withdrawn due to …", "Paper withdrawn by the authors", "v2: withdrawn".
    rf"|^\W*(?:v\d+\s*:\s*)?(?:{_THIS}\s+|{_PAPER}\s+)?{_ADVERB}(?:(?:is|was|has\s+been)\s+)?(?:withdrawn|retracted)\b"
    # "The authors have withdrawn this paper", "we are withdrawing the article", "I withdraw this".
    rf"|\b{_WHO}\s+(?:\w+\s+){{0,4}}?{_ACTIVE}\s+(?:{_THIS}|this)\b"
    # "We request withdrawal", "we ask for the withdrawal of this paper".
    rf"|\b{_WHO}\s+(?:\w+\s+){{0,3}}?(?:request|requested|ask\s+for|requesting)\s+(?:a\s+|the\s+|its\s+)?(?:withdrawal|retraction)\b"
    # "Removed by arXiv administrators", "arXiv admin note: … withdrawn".
    rf"|\b{_GONE}\s+{_BY_ARXIV}|\barXiv\s+admin\b.{{0,80}}\b{_GONE}\b",
    re.IGNORECASE | re.DOTALL,
)
_FROM_VENUE = re.compile(
    rf"{_ACTIVE}\s+(?:(?:it|{_THIS}|this|{_PAPER})\s+)?(?:voluntarily\s+)?from\s+(?!(?:the\s+)?arXiv\b)"
    r"|\bwithdrawal\s+(?:of\s+.{0,40}\s)?from\s+(?!(?:the\s+)?arXiv\b)",
    re.IGNORECASE | re.DOTALL,
)
_VENUE = r"(?:ICLR|ICML|NeurIPS|NIPS|AAAI|CVPR|ECCV|ICCV|ACL|EMNLP|NAACL|KDD|IJCAI|WWW|ARR|TMLR|JMLR)"
# A sentence that names a venue before the withdrawal, or right after it, may mean a withdrawal from there.
_BESIDE_VENUE = re.compile(
    rf"\b(?:{_VENUE}|submitted\s+to|accepted)\b.{{0,100}}\bwithdr[ae]w"
    rf"|\b(?:withdrawn|retracted)\s+(?:\w+\s+){{0,3}}?{_VENUE}\b",
    re.IGNORECASE | re.DOTALL,
)
_NOT_THIS_ONE = re.compile(
    r"\b(?:not|never|n't)\s+(?:been\s+|be\s+|being\s+)?(?:withdr[ae]wn?|retract)"
    r"|\b(?:replaces|supersedes|replacing|superseding|replacement\s+(?:for|of)|resubmission\s+of)\b.{0,60}\b(?:withdrawn|retracted)"
    r"|\b(?:a|the|any|other|previously)\s+(?:withdrawn|retracted)\s+\w+"
    r"|\b(?:previous|earlier|old|first|other|companion)\s+(?:version|paper|submission|preprint)s?\b.{0,60}\b(?:withdrawn|retracted)",
    re.IGNORECASE | re.DOTALL,
)


def judge_withdrawal(text: str) -> WithdrawalVerdict:
    """Return `withdrawn` where *text* says that this paper is, `unclear` where it speaks of a withdrawal otherwise.

    Each sentence is judged alone, and one that says it of this paper decides. A sentence about a venue, another paper
    or an earlier version is no withdrawal.
    """
    verdict: WithdrawalVerdict = ""
    if _SPEAKS_OF_IT.search(text) is None:
        return verdict
    for sentence in _SENTENCE_END.split(text):
        if _SPEAKS_OF_IT.search(sentence) is None or _FROM_VENUE.search(sentence) or _NOT_THIS_ONE.search(sentence):
            continue
        if _WITHDRAWN.search(sentence) and _BESIDE_VENUE.search(sentence) is None:
            return "withdrawn"
        if re.search(r"withdr[ae]w|\bretract(?:ed|ing|ion)\b", sentence, re.IGNORECASE):
            verdict = "unclear"
    return verdict


def is_withdrawn(comment: str, abstract: str) -> bool:
    """Return whether a paper says that it is withdrawn, in its comment or at the beginning of its abstract."""
    return "withdrawn" in (judge_withdrawal(comment), judge_withdrawal(abstract[:MAX_OPENING_LENGTH]))
