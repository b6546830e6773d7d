"""Finds numbers in texts, so that a summary can be held to those of its paper."""

import re
import unicodedata
from collections.abc import Iterator, Set
from dataclasses import dataclass
from decimal import Decimal

_SUPERSCRIPT_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile(r"[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_TEX = re.compile(r"\\[,;!: ]|\{,\}|\\text\w*|\\math\w*|[${}~]|\\(?=%)")
_THOUSANDS = re.compile(r"(?<=\d)[,\u2009\u202f'’](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?|(?<![\w.])\.\d+)(?:\s*\^\s*([-−–]?\d+)|e([-+]?\d+)\b)?")
_TIMES = re.compile(r"\s*(?:\\times|\\cdot|[×·xX*])\s*10\s*\^\s*([-−–]?\d+)")
_SCALE = re.compile(r"[\s-]*(?:(k|K|M|B|G|T|bn)\b|(thousand|million|billion|trillion|hundred)|([万亿千百]))")
_SCALES = {"k": 3, "K": 3, "M": 6, "B": 9, "G": 9, "T": 12, "bn": 9, "hundred": 2, "thousand": 3}
_SCALES |= {"million": 6, "billion": 9, "trillion": 12, "百": 2, "千": 3, "万": 4, "亿": 8}
# The marks of a list, (1) … (2) …, are no figures.
_LISTED = re.compile(r"[(（][1-9][)）]")

# Powers of ten beyond this are compared by their parts only.
_MAX_POWER = 30

_NAMES = (
    "zero",
    "one first single once sole",
    "two second twice double both twofold pair dual half",
    "three third triple thrice threefold",
    "four fourth fourfold quadruple quarter",
    "five fifth",
    "six sixth",
    "seven seventh",
    "eight eighth",
    "nine ninth",
    "ten tenth tenfold",
    "eleven eleventh",
    "twelve twelfth dozen",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
)
_TENS = ("thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")
_WORDS = {word: Decimal(value) for value, words in enumerate(_NAMES) for word in words.split()}
_WORDS |= {word: Decimal(10 * value) for value, word in enumerate(_TENS, start=3)}
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    written: str
    # The values that it may stand for: 1.5M is 1.5 or 1,500,000.
    values: Set[Decimal]
    # Other values that stand in it: 10 and 5, in 10^5.
    parts: Set[Decimal]


def find_foreign_numbers(summary: str, paper: str) -> list[str]:
    """Return the numbers of *summary* that *paper* does not have, as they are written.

    1,000 is 1000 is $10^3$ is 1k; 10\\% is 10%; a word such as "three" in the paper allows 3. Signs and units do not
    matter. Numbers in words in the summary are not looked at.
    """
    known = {value for number in _iterate_numbers(paper) for value in (*number.values, *number.parts)} | (
        {_WORDS[word] for word in _WORD.findall(paper.lower()) if word in _WORDS}
    )
    return [
        number.written
        for number in _iterate_numbers(_LISTED.sub(" ", summary))
        if not known.intersection(number.values)
    ]


def _iterate_numbers(text: str) -> Iterator[WrittenNumber]:
    text = _SUPERSCRIPT.sub(lambda match: "^" + match.group().translate(_SUPERSCRIPT_DIGITS), text)
    text = unicodedata.normalize("NFKC", _TEX.sub("", text))
    text, place = _THOUSANDS.sub("", text), 0
    while match := _NUMBER.search(text, place):
        place = match.end()
        if times := _TIMES.match(text, place):
            place = times.end()
        yield _interpret(match, times, text)


def _interpret(match: re.Match[str], times: re.Match[str] | None, text: str) -> WrittenNumber:
    base, power, exponent = match.groups()
    value, written = Decimal(base), match.group().strip()
    if power:
        return WrittenNumber(
            written, {_raise_to_power(value, _parse_power(power))}, {value, Decimal(abs(_parse_power(power)))}
        )
    if exponent:
        return WrittenNumber(written, {_shift_point(value, _parse_power(exponent))}, {value})
    if times:
        shift = _parse_power(times.group(1))
        return WrittenNumber(
            written + times.group(), {_shift_point(value, shift)}, {value, _raise_to_power(Decimal(10), shift)}
        )
    if scale := _SCALE.match(text, match.end()):
        return WrittenNumber(written, {value, _shift_point(value, _SCALES[scale.group(scale.lastindex or 0)])}, set())
    return WrittenNumber(written, {value}, set())


def _raise_to_power(value: Decimal, power: int) -> Decimal:
    return value**power if value and value <= 100 and abs(power) <= _MAX_POWER else value


def _shift_point(value: Decimal, power: int) -> Decimal:
    return value.scaleb(power) if abs(power) <= _MAX_POWER else value


def _parse_power(text: str) -> int:
    return int(text.replace("−", "-").replace("–", "-")[:6])
