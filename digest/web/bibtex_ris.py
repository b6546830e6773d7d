"""Papers as BibTeX and RIS, for reference managers. Titles and names come from strangers: no TeX of theirs runs."""

import re
from collections.abc import Iterable, Iterator

from digest.domain import PaperRecord
from digest.letters.tex.to_unicode import to_text
from digest.sources.arxiv.ids import abstract_page

_GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega"
)
_SYMBOLS = "ell|infty|Gamma|Delta|Theta|Lambda|Pi|Sigma|Phi|Psi|Omega|sqrt|log|times|cdot|to|leq|geq|sim|approx|pm"
# Formulas that LaTeX sets better than Unicode could, and that can do nothing: no other command, braces in pairs.
_HARMLESS_MATH = re.compile(
    rf"(\$(?:[\w +\-=<>/().,*|!']|\^|\{{[\w +\-=,]*\}}|\\(?:{_GREEK}|{_SYMBOLS})\b)+\$)", re.ASCII
)

_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # BibTeX counts escaped braces as well
    "}": r"\textbraceright{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{sign: f"\\{sign}" for sign in "$&%#_"},
}
_SIGN = re.compile(r"[\\{}^~$&%#_]")
# What is in names that are not to be taken apart into first and last ones.
_WHOLE = re.compile(r",|\b(and|collaborations?|consortium|group|project|team)\b", re.IGNORECASE)


def bibtex(papers: Iterable[PaperRecord]) -> Iterator[str]:
    """Yield one entry per paper, keyed by arXiv id. Doubled braces keep the title's capitals."""
    for paper in papers:
        fields = {
            "title": f"{{{_title(paper.title)}}}",
            "author": " and ".join(filter(None, map(_bibtex_name, paper.authors))),
            "year": str(_year(paper)),
            "eprint": _plain(paper.arxiv_id),
            "archivePrefix": "arXiv",
            "primaryClass": _plain(paper.section),
            "url": abstract_page(_plain(paper.arxiv_id)),
        }
        lines = (f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
        yield f"@misc{{arXiv:{_plain(paper.arxiv_id)},\n{''.join(lines)}}}\n\n"


def ris(papers: Iterable[PaperRecord]) -> Iterator[str]:
    """Yield one record per paper. A value is one line, so that none can begin a field or end a record."""
    for paper in papers:
        lines = [("TY", "UNPB"), ("ID", f"arXiv:{_plain(paper.arxiv_id)}"), ("TI", to_text(paper.title))]
        lines += [("AU", _ris_name(to_text(name))) for name in paper.authors]
        lines += [("PY", str(_year(paper))), ("AB", to_text(paper.abstract))]
        lines += [("KW", _plain(code)) for code in paper.categories]
        lines += [("PB", "arXiv"), ("UR", abstract_page(_plain(paper.arxiv_id)))]
        yield "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value) + "ER  - \r\n\r\n"


def _title(raw: str) -> str:
    """Return a title for BibTeX. The pieces between formulas are read as TeX and escaped for LaTeX."""
    pieces = _HARMLESS_MATH.split(" ".join(raw.split()))
    return "".join(piece if place % 2 else _spaced(piece) for place, piece in enumerate(pieces)).strip()


def _spaced(piece: str) -> str:
    """Return a piece of a title, escaped, with the spaces at its ends that `to_text` removes."""
    before, after = piece[:1] == " ", len(piece) > 1 and piece[-1] == " "
    return f"{' ' * before}{_escaped(to_text(piece))}{' ' * after}"


def _escaped(text: str) -> str:
    return _SIGN.sub(lambda sign: _SIGNS[sign[0]], text)


def _bibtex_name(raw: str) -> str:
    """BibTeX takes names apart at `and` and commas; braces keep those whole that have some."""
    name = _escaped(to_text(raw))
    return f"{{{name}}}" if _WHOLE.search(name) else name


def _ris_name(name: str) -> str:
    """Return `Last, First` as RIS wants it. A name of one word or of a group stays as written."""
    first, _, last = name.rpartition(" ")
    return name if not first or _WHOLE.search(name) else f"{last}, {first}"


def _year(paper: PaperRecord) -> int:
    return (paper.published or paper.day).year


def _plain(code: str) -> str:
    """Return an arXiv id or a category without signs that mean something to BibTeX."""
    return re.sub(r"[^A-Za-z0-9./-]", "", code)
