"""The lengths of summaries: what writers aim at, and what a model's answer may have at most.

The fields other than the TL;DR are asked for shorter than they are accepted: an answer that is a little longer is good.
"""

MAX_TLDR_WORDS = 35
TARGET_FIELD_WORDS = 60
MAX_FIELD_WORDS = 80

# Chinese has no spaces between words: there, characters count.
TARGET_TLDR_CHARACTERS = 70
MAX_TLDR_CHARACTERS = 80
TARGET_FIELD_CHARACTERS = 120
MAX_FIELD_CHARACTERS = 200
