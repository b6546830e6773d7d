"""What `predict` can predict, so that it can be scored against what people did: one JSON object a line."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest.domain import Tick
from digest.research.scitldr import examples
from digest.summaries.extractive.writer import write


@dataclass(frozen=True)
class Kind:
    """`lines` gets the parsed options and yields objects as they are made."""

    help: str
    add_arguments: Callable[[ArgumentParser], None]
    lines: Callable[[Mapping[str, Any], Tick], Iterator[dict[str, Any]]]


def as_json_lines(objects: Iterator[dict[str, Any]]) -> Iterator[str]:
    for each in objects:
        yield json.dumps(each, ensure_ascii=False) + "\n"


def _tldr_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("scitldr", type=Path, metavar="SCITLDR_FILE")


def _tldrs(options: Mapping[str, Any], tick: Tick) -> Iterator[dict[str, Any]]:
    for count, paper in enumerate(examples(options["scitldr"]), start=1):
        yield {"paper_id": paper.paper_id, "tldr": write(paper.title, paper.abstract).tldr}
        tick(count, None)


KINDS: Mapping[str, Kind] = {
    "tldr": Kind("One sentence per paper of a SciTLDR file, by the extractive writer.", _tldr_arguments, _tldrs),
}
