"""Sets bibliographies with bibtex and pdflatex, as docs/references.md tells readers to, and finds the errors."""

import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{amsmath,amssymb}
"""
# A sign that the font does not have is an error too.
DOCUMENT = rf"""{PREAMBLE}\tracinglostchars=3
\begin{{document}}
\nocite{{*}}
\bibliographystyle{{%s}}
\bibliography{{refs}}
\end{{document}}
"""
# TeX gives up at its hundredth error.
BATCH = 1000

_ITEM = re.compile(r"\\bibitem(?:\[.*\])?\{(?P<key>.*)\}|.*\]\{(?P<late_key>arXiv:[^{}]*)\}$")
_ERROR = re.compile(r"^(?P<file>\./refs\.\w+):(?P<line>\d+): (?P<message>.*)|^(?P<other>! .*)", re.MULTILINE)
_BIBTEX_ERROR = re.compile(r".*---line \d+ of file.*")


def find_errors(entries: Sequence[str], style: str = "plain") -> Mapping[str, list[str]]:
    """Return what bibtex and pdflatex report, by the key of the entry; under an empty key what is nobody's."""
    found: dict[str, list[str]] = defaultdict(list)
    for start in range(0, len(entries), BATCH):
        for key, message in _errors_of_batch("".join(entries[start : start + BATCH]), style):
            found[key].append(message)
    return found


def _errors_of_batch(bibliography: str, style: str) -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.joinpath("refs.bib").write_text(bibliography, encoding="ascii")
        folder.joinpath("refs.tex").write_text(DOCUMENT % style)
        folder.joinpath("refs.aux").write_text(f"\\relax\n\\citation{{*}}\n\\bibstyle{{{style}}}\n\\bibdata{{refs}}\n")
        yield from (("", error) for error in _BIBTEX_ERROR.findall(_run(folder, "bibtex", "refs")))
        options = ("-interaction=nonstopmode", "-file-line-error", "-draftmode", "-no-shell-escape")
        said = _run(folder, "pdflatex", *options, "refs")
        keys = _keys_by_line(folder.joinpath("refs.bbl").read_text(encoding="ascii"))
        if "Fatal error" in said or "Emergency stop" in said or "Transcript written" not in said:
            yield "", "pdflatex gave up"
        for error in _ERROR.finditer(said):
            is_entry = (error["file"] or "").endswith(".bbl")
            yield keys[int(error["line"]) - 1] if is_entry else "", error["message"] or error["other"]


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    return done.stdout


def _keys_by_line(bbl: str) -> list[str]:
    keys, key = [], ""
    for line in bbl.split("\n"):
        if item := _ITEM.match(line):
            key = item["key"] or item["late_key"]
        keys.append(key)
    return keys
