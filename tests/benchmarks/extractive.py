"""How long the extractive writer takes: `python -m tests.benchmarks.extractive SCITLDR_FILE`.

Prints the median, the slowest of a hundred, and what a day of 1,000 papers takes, in milliseconds of processor time.
"""

import sys
import time
from pathlib import Path
from statistics import median, quantiles

from digest.research.scitldr import SciTldrPaper, read_scitldr
from digest.summaries.extractive.writer import write_summary

# Milliseconds for an abstract, the median.
ALLOWED = 1.0
ROUNDS = 5


def main(path: str) -> int:
    papers = list(read_scitldr(Path(path)))
    write_summary("", "")  # reads the weights
    taken = [min(milliseconds(paper) for _ in range(ROUNDS)) for paper in papers]
    slowest = quantiles(taken, n=100)[-1]
    print(f"{len(papers)} abstracts: median {median(taken):.2f} ms, slowest of a hundred {slowest:.2f} ms")
    print(f"1,000 papers: {1000 * sum(taken) / len(taken):.0f} ms")
    return 0 if median(taken) <= ALLOWED else 1


def milliseconds(paper: SciTldrPaper) -> float:
    start = time.process_time_ns()
    write_summary(paper.title, paper.abstract)
    return (time.process_time_ns() - start) / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
