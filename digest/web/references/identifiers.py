"""What names a paper to reference managers: its key, its DOIs, its year."""

import re

from digest.domain import PaperRecord

# Signs of DOIs that mean something to BibTeX or TeX are left out of this: there such a DOI is none.
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(?P<doi>10\.\d{4,9}/[\w.;()/:<>\[\]+*=!?'-]+)", re.ASCII)


def reference_key(paper: PaperRecord) -> str:
    """Return the key of a paper in a bibliography: always the same one, and no other paper's, as its arXiv id is."""
    return f"arXiv:{_plain(paper.arxiv_id)}"


def arxiv_doi(paper: PaperRecord) -> str:
    """Return the DOI that arXiv registers for every paper."""
    return f"10.48550/arXiv.{_plain(paper.arxiv_id)}"


def journal_doi(paper: PaperRecord) -> str:
    """Return the DOI of the published article, the first if several are given; empty if there is none."""
    first, *_others = [*paper.doi.split(), ""]
    found = _DOI.fullmatch(first.rstrip(".,;"))
    return found["doi"] if found and not found["doi"].lower().startswith("10.48550/arxiv.") else ""


def year_of(paper: PaperRecord) -> int:
    """Return the year of the first version, else that of the listing."""
    return (paper.published or paper.day).year


def _plain(arxiv_id: str) -> str:
    """Return an arXiv id without signs that mean something to BibTeX."""
    return re.sub(r"[^A-Za-z0-9./-]", "", arxiv_id)
