"""The trained weights of the extractive writer: a small file that says how it was made and vouches for itself."""

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
    """`sentence` and `telling` in the order of `weighing.SENTENCE` and `weighing.TELLING`; `made`: how, and on what."""

    words: WordModel
    sentence: tuple[float, ...]
    telling: tuple[float, ...]
    made: Mapping[str, Any]


@cache
def load_shipped() -> Weights:
    return parse_weights(WEIGHTS_FILE.read_text("utf-8"))


def parse_weights(text: str) -> Weights:
    try:
        held = json.loads(text)
        if held["checksum"] != _checksum(held):
            raise WeightsError("The weights were changed after they were made. Make them again: train_extractive")
        words = WordModel(
            papers=held["words"]["papers"],
            weights=_ordered(held["words"]["weights"], word_salience.WORD_FEATURES),
            vocabulary={key: (int(papers), float(weight)) for key, (papers, weight) in held["words"]["known"].items()},
        )
        sentence, telling = (
            _ordered(held["sentence"], features.SENTENCE_FEATURES),
            _ordered(held["telling"], features.COMPRESSION_FEATURES),
        )
        return Weights(words, sentence, telling, held["made"])
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise WeightsError(f"This is not a file of weights: {error!r}") from error


def _ordered(named: Mapping[str, float], names: tuple[str, ...]) -> tuple[float, ...]:
    if set(named) != set(names):
        raise WeightsError(f"Weights for other values than these: {sorted(set(named) ^ set(names))}")
    return tuple(float(named[name]) for name in names)


def format_weights(weights: Weights) -> str:
    """Write one value a line, so that two sets of weights can be compared; ends with a line break."""
    held: dict[str, Any] = {
        "made": dict(weights.made),
        "words": {
            "papers": weights.words.papers,
            "weights": dict(zip(word_salience.WORD_FEATURES, weights.words.weights, strict=True)),
            "known": {key: list(value) for key, value in sorted(weights.words.vocabulary.items())},
        },
        "sentence": dict(zip(features.SENTENCE_FEATURES, weights.sentence, strict=True)),
        "telling": dict(zip(features.COMPRESSION_FEATURES, weights.telling, strict=True)),
    }
    held = {"checksum": _checksum(held), **held}
    return (
        json.dumps(held, indent=1, ensure_ascii=False)
        .replace("[\n    ", "[")
        .replace(",\n    ", ", ")
        .replace("\n   ]", "]")
        + "\n"
    )


def _checksum(held: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in held.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
