"""Authors' names, taken apart for reference managers: family name, given names, suffix."""

import re
from dataclasses import dataclass

from digest.letters.tex.symbols import DOLLAR
from digest.letters.tex.to_unicode import to_text
from digest.web.references.unicode_to_tex import encode_text


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


# What is in names of groups, which are not to be taken apart.
_GROUP = re.compile(
    r"\b(collaborations?|consorti(um|a)|committee|group|project|teams?|initiative|survey|network|institute|university"
    r"|laborator(y|ies)|foundation|society|association|alliance|members|authors|and|for)\b|[0-9:;&/@]",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"(?:[Jj]r|JR|[Ss]r|SR)\.?|II|III|IV")
# These follow a family name in Portuguese and belong to it.
_GENERATIONS = _words("Filho Neto Sobrinho Júnior Junior")

# Words that begin a family name, in small letters and with a capital one.
_SMALL_PARTICLES = _words(
    "'t aan af al au aus av bin bint binti da dal dalla das de degli dei del della dello den der des di do dos "
    "du el ibn la las le lo los of op san st te ten ter thoe tot ul und ur van vande vander vd vom von zu zum "
    "zur"
)
_CAPITAL_PARTICLES = _words(
    "Abu Ait Aït Al Ben Bin Bint Binti Bou Da Dal Dalla De Degli Dei Del Della Delle Dello Den Der Des Di Do "
    "Dos Du El Ibn La Las Le Lo Los San Santa Saint St St. Ten Ter Ul Ur Van Vande Vanden Vander Von Zu Zum "
    "Zur"
)
# `Ortega y Gasset`, `Puig i Cadafalch`: the word before belongs to the family name too.
_JOINING = _words("e i y")
# `Abd El Rahman` is one given name, and so is `María del Carmen`.
_BEFORE_GIVEN = _words("Abd Abdul Abdel")
_OF_MARY = _words("Ángeles Angeles Carmen Dolores Fátima Fatima Jesús Jesus Lourdes Luz Mar Pilar Rosario")
# Beside a name of East Asia `Van`, `Le`, `Di`, … are names themselves.
_ALSO_EAST_ASIAN = _words("Ben Bin Da Di Do Du La Le Lo San Ten Van")
_EAST_ASIAN = _words(
    "Anh Ba Bui Cai Cao Chan Chen Cheng Choi Chun Dang Dinh Doan Duc Duong Fan Feng Guo Ha Hai He Ho Hoang Hu "
    "Huang Huynh Jiang Kieu Kim Lam Lee Leow Li Liang Lim Lin Liu Luo Luong Luu Ma Mai Minh Ngo Nguyen Ngoc "
    "Park Peng Pham Phan Phi Phung Qi Quoc Sun Ta Tan Tang Thanh Thi To Tran Trinh Truong Tuan Vo Vu Wang Wei "
    "Wong Wu Xiao Xie Xu Xuan Yan Yang Ye Yin Yu Yuan Zhang Zhao Zheng Zhou Zhu"
)
# Whoever wrote `Patrice {Ossona de Mendez}` said where the family name begins.
_IN_BRACES = re.compile(r"(?P<given>[^{}\\]+?) \{(?P<family>[^{}\\]+ [^{}\\]+)\}")
# What is left at the ends of a name where a list was taken apart.
_LEFT_OVER = re.compile(r"^(?:and|&)\s+|[\s,]+(?:and|&)$", re.IGNORECASE)
_INITIALS = re.compile(r"(?:\w\.-?)+")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in parts. A group, and a person of one word, have a family name only."""

    family: str
    given: str = ""
    suffix: str = ""
    is_group: bool = False

    def as_ris(self) -> str:
        """Return `van der Maaten, L.` or `Daumé, Hal, III`: the order of RIS, and of `citation_author`."""
        return ", ".join(filter(None, (self.family, self.given, self.suffix)))

    def as_bibtex(self) -> str:
        """Return `van der Maaten, L.`, `Daum{\\'e}, III, Hal` or `{CMS Collaboration}`, in ASCII."""
        # Without a comma behind it, a family name of several words would be read as given and family name.
        is_read_apart = " " in self.family and not (self.given and _has_its_particles_first(self.family))
        family = _whole(encode_text(self.family), in_braces=self.is_group or is_read_apart)
        others = (_whole(encode_text(part), in_braces=False) for part in (self.suffix, self.given))
        return ", ".join(filter(None, (family, *others)))


def read_name(raw: str) -> PersonName | None:
    """Return a name in parts, as sources write it: given names first, or behind a comma. None if nothing is left."""
    if marked := _IN_BRACES.fullmatch(raw.strip()):
        return PersonName(_plain_text(marked["family"]), _plain_text(marked["given"]))
    text = _LEFT_OVER.sub("", _plain_text(raw)).strip(" ,")
    if not text:
        return None
    if _GROUP.search(text):
        return PersonName(text, is_group=True)
    parts = text.split(", ")
    suffixes = [part for part in parts[1:] if _SUFFIX.fullmatch(part)]
    parts = [part for part in parts if part not in suffixes]
    words = parts[0].split()
    if not suffixes and len(words) > 2 - (len(parts) > 1) and _SUFFIX.fullmatch(words[-1]):
        suffixes = [words.pop()]
    if len(parts) > 2 or len(suffixes) > 1:
        return PersonName(text, is_group=True)
    suffix = "".join(suffixes)
    if len(parts) == 2:
        return PersonName(" ".join(words), parts[1], suffix)
    if len(words) == 2 and _INITIALS.fullmatch(words[1]) and not _INITIALS.fullmatch(words[0]):
        return PersonName(words[0], words[1], suffix)
    start = _family_start(words)
    family, given = words[start:], words[:start]
    if not given and _INITIALS.fullmatch(family[-1]):  # `Petrova M. V.`
        family, given = family[:1], family[1:]
    return PersonName(" ".join(family), " ".join(given), suffix)


def _plain_text(raw: str) -> str:
    return " ".join(to_text(raw).replace(DOLLAR, "$").replace(",", ", ").split())


def _family_start(words: list[str]) -> int:
    """Return at which word the family name begins."""
    for place in range(1, len(words) - 1):
        if words[place] in _JOINING and place > 1:
            return place - 1
        if _is_particle(words, place):
            return place
    if all(word in _SMALL_PARTICLES for word in words[:-1]):
        return 0
    start = len(words) - 1
    if words[start] in _GENERATIONS and start > 1:
        return start - 1
    while start > 0 and _INITIALS.fullmatch(words[start]):
        start -= 1
    return start if not _INITIALS.fullmatch(words[start]) else len(words) - 1


def _is_particle(words: list[str], place: int) -> bool:
    word = words[place]
    if words[place - 1] in _BEFORE_GIVEN:
        return False
    if words[0] in ("María", "Maria") and _OF_MARY & set(words[place + 1 : -1]):
        return False
    if word in _SMALL_PARTICLES:
        return True
    others = {*words[:place], *words[place + 1 :]}
    return word in _CAPITAL_PARTICLES and not (word in _ALSO_EAST_ASIAN and others & _EAST_ASIAN)


def _has_its_particles_first(family: str) -> bool:
    """Return whether BibTeX reads a family name as we do: small words come first, and none begins with a capital."""
    words = family.split()
    small = [word[0].islower() for word in words]
    return words[0] not in _CAPITAL_PARTICLES and sorted(small[:-1], reverse=True) == small[:-1]


def _whole(part: str, *, in_braces: bool) -> str:
    """Return a part of a name, in braces where BibTeX would take it apart at a comma or at `and`."""
    is_open = "," in part or re.search(r"\band\b", part, re.IGNORECASE) is not None
    return f"{{{part}}}" if part and (in_braces or is_open) else part
