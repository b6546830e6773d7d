"""No line of a body begins with `From `, as it is and encoded."""

import re
from quopri import decodestring

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.transit_safe_mail import MAX_ENCODED_LINE, encode_from_lines, indent_from_lines

WORDS = st.lists(st.sampled_from(["From ", "From", "\n", "\r\n", "\r", " ", "x", ">From ", "é", ".", "From here"])).map(
    "".join
)
ENCODED = st.lists(st.sampled_from(["From ", "x", "=C3=A9", "word ", "=\n"]), max_size=60).map("".join)


@given(WORDS)
def test_a_space_stands_before_from_and_nothing_else_changes(text: str) -> None:
    indented = indent_from_lines(text)
    assert not any(line.startswith("From ") for line in indented.replace("\r", "\n").split("\n"))
    assert re.sub(r"(?:(?<=[\r\n])|^) (?=From )", "", indented) == re.sub(r"(?:(?<=[\r\n])|^) (?=From )", "", text)


@given(ENCODED)
def test_an_encoded_line_stays_what_it_says(words: str) -> None:
    lines = [line[: MAX_ENCODED_LINE - 6] for line in f"{words}\nFrom {words}".split("\n")]
    encoded = "\n".join(line.rstrip("=C3A9 ") for line in lines)
    safe = encode_from_lines(encoded)
    assert decodestring(safe.encode()) == decodestring(encoded.encode())
    assert not any(line.startswith("From ") for line in safe.split("\n"))


def test_a_full_line_is_broken_and_no_character_with_it() -> None:
    for rest in ("x" * 71, "x" * 66 + "=C3=A", "x" * 65 + "=C3=A9", "x" * 69 + "=C3=", "x" * 67 + "=C3x="):
        full = f"From {rest}"[:MAX_ENCODED_LINE]
        safe = encode_from_lines(full)
        assert decodestring(safe.encode()) == decodestring(full.encode())
        assert max(map(len, safe.split("\n"))) <= MAX_ENCODED_LINE
        assert "=\n" in safe
