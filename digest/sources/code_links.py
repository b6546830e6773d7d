r"""Finds a paper's own repository among the addresses in its abstract and its comment.

Authors name code of others too: baselines they compare with, tools they build on, data they mine. So the words of the
clause around an address decide whether it is theirs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

# An abstract that names more of them is a list of other people's work.
MAX_ADDRESSES = 20
# What is further away from an address does not speak of it: a text without sentences would be read for each again.
MAX_CLAUSE_LENGTH = 1_000

# Where the code of papers lies. Of a dataset, a collection or a person's page no letter says that it is code.
_NAME = r"[A-Za-z0-9](?:[\w.-]*[\w-])?"
_ADDRESS = re.compile(
    rf"""(?<![\w/.@-])(?:https?:/{{1,2}})?(?:www\.)?(?:
      (?P<github>github\.com/{_NAME}/{_NAME}(?P<github_path>(?:/[\w.~%+-]+)*))
    | (?P<gitlab>(?:gitlab\.com|gitlab(?:\.[a-z0-9-]+)+|git\.[a-z0-9-]+(?:\.[a-z0-9-]+)+)/{_NAME}(?:/{_NAME}){{1,4}})
    | (?P<codeberg>codeberg\.org/{_NAME}/{_NAME})
    | (?P<bitbucket>bitbucket\.org/{_NAME}/{_NAME})
    | (?:huggingface\.co|hf\.co)/
      (?P<huggingface>(?:spaces/)?(?!(?:datasets|papers|collections|spaces|docs|blog|posts)\b){_NAME}/{_NAME})
    | (?P<zenodo>zenodo\.org/(?:records?|doi)/[\w./]*\d)
    | (?:doi\.org/|doi:\s?)?(?P<zenodo_doi>10\.5281/zenodo\.\d+)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_GIT_ADDRESS = re.compile(rf"\b(?:ssh://)?git@([a-z0-9.-]+)[:/]({_NAME}(?:/{_NAME})+)", re.IGNORECASE)
_HREF = re.compile(r"\\href\s*\{([^{}]*)\}\s*(?:\{([^{}]*)\})?")
_WRAPPED = re.compile(r"\\(?:url|texttt|nolinkurl|path|tt|emph|textit)\s*\{([^{}]*)\}")
_ESCAPED = re.compile(r"\\([_%#&~-])(?:\{\})?")
# Within a repository: the branch alone, one file, or a list that is no folder of the paper's own.
_NOT_A_FOLDER = re.compile(r"/(?:(?:tree|blob)/[^/]+/?$|blob/|issues|releases|wiki|pulls?|actions|commit|raw/|tags)")

# A clause ends where an author begins another statement. A dot inside an address or an abbreviation ends nothing.
_CLAUSE_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bet al)(?<!\bcf)(?<!\bvs)[.!?]\s+(?=[A-Z\\(\[]|$)|;\s|\n\s*\n"
    r"|(?<=[a-z)%])\.(?=[A-Z][a-z]+\s)|\\footnote\s*\{(?=\s*[A-Z][a-z]+\s)"
    r"|,\s+(?=(?:and|but|while|whereas)\s+(?:our|we)\b)",
)
_OFFERED = re.compile(
    r"\b(?:our|we\s+(?:\w+\s+){0,3}?(?:releas|provid|publish|shar|mak|open-?sourc)\w*)\b"
    r"|\b(?:available|accessible|released|published|provided|hosted|found|open-?sourced?|accessed|downloaded|shared|see)\b"
    r"|\b(?:codes?|source|implementation|software|package|library|repository|repo|github|gitlab|project|toolkit|demo|homepage"
    r"|website|models?|weights|checkpoints|scripts?|materials?|resources?|reproducib\w+|artifacts?)\b\s*(?:\w+\s*){0,2}[:(\[=-]"
    r"|\b(?:codes?|implementation|software|package|library|repository|repo|reproducib\w+)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\bour\b[^.;]{0,100}?\b(?:available|released?|found|accessible|accessed|hosted|published|provided|open-?sourced?|at|here|on)\b"
    r"|\bour\s+(?:\w+\s+){0,3}?(?:codes?|implementation|repository|repo|github|software|package|project|source)\W*$"
    r"|\bwe\s+(?:\w+\s+){0,3}?(?:releas|provid|publish|shar|mak|open-?sourc|introduc|present|propos)\w*"
    r"|\bcode\s+(?:repository|link)|\bcodes?\b[^.;]{0,60}?\b(?:available|released|found|accessible|accessed|at|here|can\s+be)\b",
    re.IGNORECASE,
)
_OUR_CODE = re.compile(
    r"(?:\b(?:our|the|all|source)\s+(?:\w+\s+){0,2}?|^\W*(?:\w+\s+and\s+)?)(?:codes?|implementation)\b[^.;]{0,80}"
    r"\b(?:available|released|accessible|found|hosted|open-?sourced?)\b|\bwe\s+(?:publish\w*|open-?sourced?)\b"
    r"|\b(?:release|publish|share|provide)\s+(?:our|the|all)\s+(?:\w+\s+){0,2}?(?:codes?|implementation)\b",
    re.IGNORECASE,
)
# These words make an address another's, whatever else the clause says.
_THEIR_CODE = re.compile(
    r"\btheir\b|\boriginal\s+(?:authors?|codes?|implementation|paper|repo)|\bthe\s+baselines?\b"
    r"|\bcompar\w+\s+(?:\w+\s+){0,4}?(?:with|to|against)\s+(?:\w+\s+){0,3}?(?:codes?|implementation|repositor)"
    r"|\b(?:unlike|than|following|as\s+in|similar\s+to)\s*\(?$",
    re.IGNORECASE,
)
# Right before an address these words do so, unless the clause offers its own code.
_USED_FROM_OTHERS = re.compile(
    r"\b(?:compar\w+|outperform\w*|against|versus|vs\.|(?:built|builds|build|building|based|relies|rely|relying)\s+(?:up)?on"
    r"|forks?|forked|adapted\s+from|extend(?:s|ing)|extension\s+of|improv\w+\s+(?:up)?on|reimplement\w*"
    r"|uses?|used|using|employ\w*|adopt\w*|leverag\w+|modif\w+)\b[^,;]{0,60}$|\bbaselines?\s*[(:]?\s*$",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:compar\w+\s+(?:\w+\s+){0,6}?(?:with|to|against)|baselines?|outperform\w*|competitors?|versus|vs\.?"
    r"|(?:built|builds|build|building|based|relies|rely|relying)\s+(?:up)?on(?:\s+top\s+of)?|extend(?:s|ing)|extension\s+of|fork(?:ed)?\s+(?:of|from)|adapted\s+from"
    r"|evaluat\w+\s+(?:\w+\s+){0,4}?(?:on|against)|their|original(?:ly)?|third-party|existing|previous|prior|earlier"
    r"|(?:we|was|were|is|are)\s+(?:use|used|using|employ|adopt|apply|analy[sz]e|mine|collect|study|studied|mined|collected)\w*"
    r"|using\s+(?:the\s+)?(?:\w+\s+){0,3}(?:library|package|toolbox|toolkit|framework|dataset|code|implementation|models?)"
    r"|(?:data|datasets?|images|samples|issues|commits|repositories)\s+(?:\w+\s+){0,3}?from|such\s+as|e\.g|cf\.|provided\s+by"
    r"|developed\s+by|proposed\s+(?:by|in)|of\s+\w+\s+et\s+al)",
    re.IGNORECASE,
)
_SPEAKS_OF_CODE = re.compile(
    r"\b(?:codes?|software|implement\w*|scripts?|package|library|repositor(?:y|ies)|repo|toolkit|notebooks?|program|tool)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Link:
    host: str
    address: str
    # The clause that names it, without the address.
    before: str
    after: str


def find_code_link(abstract: str, comment: str) -> str:
    """Return the address of the paper's own repository, from the abstract or else the comment; empty without one.

    Repositories of code come before models on Hugging Face and records on Zenodo; of several, the first.
    """
    for text in (abstract, comment):
        own = [link for link in _list_links(text) if _is_own(link)]
        if own:
            return min(own, key=_preference).address
    return ""


def _preference(link: _Link) -> int:
    return {"huggingface": 1, "zenodo": 2}.get(link.host, 0)


def _list_links(text: str) -> Iterator[_Link]:
    """Yield the repositories that a text names, in its order, each with its clause."""
    if "/" not in text:
        return
    text = _HREF.sub(r" \1 (\2) ", text)
    text = _ESCAPED.sub(r"\1", _WRAPPED.sub(r" \1 ", text))
    text = _GIT_ADDRESS.sub(r"https://\1/\2", text)
    for found in islice(_ADDRESS.finditer(text), MAX_ADDRESSES):
        host, address = _read_address(found)
        begin, limit = max(0, found.start() - MAX_CLAUSE_LENGTH), found.end() + MAX_CLAUSE_LENGTH
        start = max((end.end() for end in _CLAUSE_END.finditer(text, begin, found.start())), default=begin)
        end = _CLAUSE_END.search(text, found.end(), limit)
        yield _Link(host, address, text[start : found.start()], text[found.end() : end.start() if end else limit])


def _read_address(found: re.Match[str]) -> tuple[str, str]:
    """Return which host an address belongs to, and the address as a browser takes it."""
    host = next(name for name, value in found.groupdict().items() if value and name != "github_path")
    domain, slash, rest = found[host].partition("/")
    path = f"{domain.lower()}{slash}{rest}"
    if host == "zenodo_doi":
        return "zenodo", f"https://doi.org/{path.lower()}"
    if host == "huggingface":
        return host, f"https://huggingface.co/{found[host].rstrip('/.')}"
    if host == "github" and (inner := found["github_path"]) and _NOT_A_FOLDER.match(inner + "/"):
        path = path[: -len(inner)]
    path = path.rstrip("/.")
    return host, f"https://{path.removesuffix('.git')}"


def _is_own(link: _Link) -> bool:
    """Return whether the clause offers the repository as the paper's own, and does not speak of others' work."""
    clause = f"{link.before} {link.after[:80]}"
    if link.host == "zenodo" and not _SPEAKS_OF_CODE.search(clause):
        return False
    if _THEIR_CODE.search(link.before):
        return False
    if _USED_FROM_OTHERS.search(link.before) and not _OUR_CODE.search(link.before):
        return False
    if _OURS.search(link.before):
        return True
    if _OF_OTHERS.search(link.before):
        return False
    return _OFFERED.search(clause) is not None or not link.before.strip() or not link.after.strip(" .)]}")
