"""Sets bibliographies of our BibTeX with bibtex and pdflatex: `python -m tests.references [--sample N | --all]`.

It sets titles and authors of the evaluation data (a sample of 2,000, another number, or all), where these lie beside
the checkout, and titles of every letter and command that the product may write. It ends with 1 if there is an error.
"""

import argparse
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests import environment

assert environment  # its import has set what the tests want

from digest.domain import PaperRecord  # noqa: E402
from digest.web.references.bibtex import bibtex  # noqa: E402
from tests.conftest import SHARED  # noqa: E402
from tests.references import samples  # noqa: E402
from tests.references.typesetting import BATCH, find_errors  # noqa: E402

SHOWN = 20


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.references", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=2000, help="how many real papers (default: 2000)")
    parser.add_argument("--all", action="store_true", help="all real papers")
    parser.add_argument("--style", default="plain", help="the bibliography style (default: plain)")
    options = parser.parse_args()
    if not shutil.which("pdflatex") or not shutil.which("bibtex"):
        parser.error("pdflatex and bibtex are needed: apt-get install texlive-latex-base")
    wrong = 0
    if SHARED.is_dir():
        found = samples.real_papers(SHARED, None if options.all else options.sample)
        wrong += _set_papers("real papers", found, options.style)
    wrong += _set_papers("titles of all letters", samples.papers_of_letters(), options.style)
    wrong += _set_papers("titles of all commands", samples.papers_of_commands(), options.style)
    return int(wrong > 0)


def _set_papers(name: str, papers: list[PaperRecord], style: str) -> int:
    """Print how many of the papers have errors, and the first of these. Return the number."""
    started = time.monotonic()
    entries = list(bibtex(papers))
    batches = [entries[start : start + BATCH] for start in range(0, len(entries), BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = {
            key: errors for each in pool.map(partial(find_errors, style=style), batches) for key, errors in each.items()
        }
    print(f"{name}: {len(papers)} set, {len(found)} with errors, {time.monotonic() - started:.0f} s")
    for key, errors in [*found.items()][:SHOWN]:
        print(f"  {key or 'the whole'}: {errors[0]}")
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
