"""Reads and writes the trained weights of the extractive writer: a file with a checksum, which says how it was made."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from digest.summaries.extractive import features, word_salience
from digest.summaries.extractive.word_salience import WordModel

WEIGHTS_FILE = Path(__file__).with_name("weights.json")


class WeightsError(ValueError):
    """The file is not what `train_extractive` writes, or was changed since."""


@dataclass(frozen=True)
class Weights:
    words: WordModel
    # By the names in SENTENCE_FEATURES and COMPRESSION_FEATURES.
    sentence: Mapping[str, float]
    compression: Mapping[str, float]
    # How they were trained, and on what.
    made: Mapping[str, Any]


@cache
def load_shipped() -> Weights:
    """Return the weights that come with the package. They are read from their file once."""
    return parse_weights(WEIGHTS_FILE.read_text("utf-8"))


def parse_weights(text: str) -> Weights:
    """Read what `format_weights` wrote. Raises WeightsError for anything else."""
    try:
        document = json.loads(text)
        if document["checksum"] != _checksum(document):
            raise WeightsError("The weights were changed after they were made. Make them again: train_extractive")
        words = WordModel(
            papers=document["words"]["papers"],
            weights=tuple(_named_weights(document["words"]["weights"], word_salience.WORD_FEATURES).values()),
            vocabulary={
                key: (int(papers), float(weight)) for key, (papers, weight) in document["words"]["known"].items()
            },
        )
        return Weights(
            words,
            sentence=_named_weights(document["sentence"], features.SENTENCE_FEATURES),
            compression=_named_weights(document["telling"], features.COMPRESSION_FEATURES),
            made=document["made"],
        )
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise WeightsError(f"This is not a file of weights: {error!r}") from error


def _named_weights(weights: Mapping[str, float], names: tuple[str, ...]) -> dict[str, float]:
    """Return *weights* in the order of *names*. Raises WeightsError if other features have weights."""
    if set(weights) != set(names):
        raise WeightsError(f"Weights for other values than these: {sorted(set(weights) ^ set(names))}")
    return {name: float(weights[name]) for name in names}


def format_weights(weights: Weights) -> str:
    """Write one value a line, so that two sets of weights can be compared; ends with a line break."""
    content: dict[str, Any] = {
        "made": dict(weights.made),
        "words": {
            "papers": weights.words.papers,
            "weights": dict(zip(word_salience.WORD_FEATURES, weights.words.weights, strict=True)),
            "known": {key: list(value) for key, value in sorted(weights.words.vocabulary.items())},
        },
        "sentence": dict(weights.sentence),
        "telling": dict(weights.compression),
    }
    return (
        json.dumps({"checksum": _checksum(content), **content}, indent=1, ensure_ascii=False)
        .replace("[\n    ", "[")
        .replace(",\n    ", ", ")
        .replace("\n   ]", "]")
        + "\n"
    )


def _checksum(document: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in document.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
