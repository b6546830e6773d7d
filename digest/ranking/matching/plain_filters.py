"""Matches the filters that most readers have, such as two words, without parsing them."""

from digest.ranking.matching.field_index import NO_MATCH, FieldIndex, MatchLevels
from subscriptions.filters.language import PlainFilter, fold


def match_plainly(plain_filter: PlainFilter, fields: FieldIndex) -> MatchLevels:
    """Return what `FieldIndex.levels` gives for a plain filter once it is parsed."""
    kind, first, second = plain_filter
    match kind:
        case "phrase":
            # A phrase of two words is nobody's name as a rule.
            if fields.authors.has_author(first, second):
                return fields.anywhere((first, second))
            return fields.pair(fold(first), fold(second))
        case "both":
            one, other = fields.word(first), fields.word(second)
            if not one.anywhere & other.anywhere:
                return NO_MATCH
            return MatchLevels(one[0] & other[0], one[1] & other[1], one[2] & other[2], one[3] & other[3])
        case "title":
            return fields.in_title(first)
        case "author":
            return fields.by_author((first,))
        case _:
            return fields.word(first)
