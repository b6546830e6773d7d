"""arXiv identifiers: parsed from whatever people and services write, and written in one way."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_PREFIX = re.compile(
    r"""(?:https?://)?(?:[a-z]+\.)*arxiv\.org/(?:abs|pdf|html|format|e-print|src|ps|list)/
      | (?:https?://)?(?:dx\.)?doi\.org/10\.48550/arxiv\.
      | (?:doi:\s*)?10\.48550/arxiv\.
      | oai:arxiv\.org:
      | arxiv:\s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NEW_STYLE = re.compile(r"([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})(?:v([1-9][0-9]{0,3}))?", re.IGNORECASE)
_OLD_STYLE = re.compile(
    r"([a-z]+(?:-[a-z]+)?)(?:\.[a-z]+(?:-[a-z]+)*)?/([0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3})(?:v([1-9][0-9]{0,3}))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ArxivId:
    """An identifier and, where it was named, the version."""

    # Without version and subject class: `2601.15380`, `hep-th/9901001`, `math/0611800`.
    id: str
    version: int | None = None

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"


def parse_id(text: str) -> ArxivId | None:
    """Parse `2601.15380v2`, `arXiv:…`, `oai:arXiv.org:…`, a DOI or the address of a page. None if it is no arXiv id.

    The archive of an old id is part of it: hep-th/9901001 and math/9901001 are different papers. The subject class
    is not: math.CA/0611800 and math/0611800 are the same one.
    """
    bare = _strip_prefix(text)
    if new := _NEW_STYLE.fullmatch(bare):
        return ArxivId(new[1], int(new[2]) if new[2] else None)
    if old := _OLD_STYLE.fullmatch(bare):
        return ArxivId(f"{old[1].lower()}/{old[2]}", int(old[3]) if old[3] else None)
    return None


def _strip_prefix(text: str) -> str:
    text = text.strip()
    prefix = _PREFIX.match(text)
    if not prefix:
        return text
    rest = unquote(text[prefix.end() :]).split("?")[0].split("#")[0].strip().rstrip("/")
    return rest[:-4] if rest.lower().endswith(".pdf") else rest


def abstract_page(arxiv_id: str) -> str:
    return f"https://arxiv.org/abs/{arxiv_id}"


def pdf_page(arxiv_id: str) -> str:
    return f"https://arxiv.org/pdf/{arxiv_id}"
