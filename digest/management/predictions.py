"""The kinds of predictions that `predict` can write, one JSON object a line, to be scored against people's work."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest.domain import ProgressCallback
from digest.research.scitldr import read_scitldr
from digest.summaries.extractive.writer import write_summary


@dataclass(frozen=True)
class PredictionKind:
    """One kind. `lines` gets the parsed options and yields objects as they are made."""

    help: str
    add_arguments: Callable[[ArgumentParser], None]
    lines: Callable[[Mapping[str, Any], ProgressCallback], Iterator[dict[str, Any]]]


def write_json_lines(objects: Iterator[dict[str, Any]]) -> Iterator[str]:
    for each in objects:
        yield json.dumps(each, ensure_ascii=False) + "\n"


def _add_tldr_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("scitldr", type=Path, metavar="SCITLDR_FILE")


def _predict_tldrs(options: Mapping[str, Any], tick: ProgressCallback) -> Iterator[dict[str, Any]]:
    for count, paper in enumerate(read_scitldr(options["scitldr"]), start=1):
        yield {"paper_id": paper.paper_id, "tldr": write_summary(paper.title, paper.abstract).tldr}
        tick(count, None)


PREDICTION_KINDS: Mapping[str, PredictionKind] = {
    "tldr": PredictionKind(
        "One sentence per paper of a SciTLDR file, by the extractive writer.", _add_tldr_arguments, _predict_tldrs
    ),
}
