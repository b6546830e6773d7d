"""The numbers of a text, so that a summary can be held to those of its paper."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

_UP = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_RAISED = re.compile(r"[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_TEX = re.compile(r"\\[,;!: ]|\{,\}|\\text\w*|\\math\w*|[${}~]|\\(?=%)")
_THOUSANDS = re.compile(r"(?<=\d)[,\u2009\u202f'’](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?|(?<![\w.])\.\d+)(?:\s*\^\s*([-−–]?\d+)|e([-+]?\d+)\b)?")
_TIMES = re.compile(r"\s*(?:\\times|\\cdot|[×·xX*])\s*10\s*\^\s*([-−–]?\d+)")
_SCALE = re.compile(r"[\s-]*(?:(k|K|M|B|G|T|bn)\b|(thousand|million|billion|trillion|hundred)|([万亿千百]))")
_SCALES = {"k": 3, "K": 3, "M": 6, "B": 9, "G": 9, "T": 12, "bn": 9, "hundred": 2, "thousand": 3}
_SCALES |= {"million": 6, "billion": 9, "trillion": 12, "百": 2, "千": 3, "万": 4, "亿": 8}
_LARGEST = 30
"""Powers of ten beyond this are compared by their parts only."""

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


def strangers(summary: str, paper: str) -> list[str]:
    """The numbers of *summary* that *paper* does not have, as they are written.

    1,000 is 1000 is $10^3$ is 1k; 10\\% is 10%; a word such as "three" in the paper allows 3. Signs and units do not
    matter. Numbers in words in the summary are not looked at.
    """
    known = {value for _, values in _numbers(paper) for value in values} | _in_words(paper)
    return [written for written, values in _numbers(summary) if not known.intersection(values)]


def _plain(text: str) -> str:
    text = _RAISED.sub(lambda match: "^" + match.group().translate(_UP), text)
    text = unicodedata.normalize("NFKC", _TEX.sub("", text))
    return _THOUSANDS.sub("", text)


def _in_words(text: str) -> set[Decimal]:
    return {_WORDS[word] for word in _WORD.findall(text.lower()) if word in _WORDS}


def _numbers(text: str) -> Iterator[tuple[str, set[Decimal]]]:
    """Each number as written, with the values it may stand for."""
    text = _plain(text)
    for match in _NUMBER.finditer(text):
        base, power, exponent = match.groups()
        value = Decimal(base)
        values = {value}
        if power and abs(raised := _whole(power)) <= _LARGEST and value <= 100:
            values = {value, Decimal(abs(raised)), value**raised} if value else {value}
        if exponent and abs(_whole(exponent)) <= _LARGEST:
            values = {value.scaleb(_whole(exponent))}
        values |= _scaled(value, text, match.end())
        yield match.group().strip(), values


def _scaled(value: Decimal, text: str, end: int) -> set[Decimal]:
    """What follows may multiply: `1.5 million`, `3k`, `2 × 10^5`."""
    if match := _TIMES.match(text, end):
        power = _whole(match.group(1))
        return {value.scaleb(power)} if abs(power) <= _LARGEST else set()
    if match := _SCALE.match(text, end):
        return {value.scaleb(_SCALES[match.group(match.lastindex or 0)])}
    return set()


def _whole(text: str) -> int:
    return int(text.replace("−", "-").replace("–", "-")[:6])
