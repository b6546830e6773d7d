"""What the page on deliverability says of providers and limits is what the code knows and does."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from deploy.env import UNIT_SECONDS
from digest.deliverability import dkim, letter_rates, spf
from digest.delivery.providers.base import Provider
from digest.delivery.providers.registry import PROVIDERS
from digest.delivery.rate_limits.known_relays import KNOWN_RELAYS, KnownRelay

TEXT = (Path(settings.BASE_DIR) / "docs" / "deliverability.md").read_text(encoding="utf-8")
# Gmail and Google's relay want the same.
KNOWN: list[Provider | KnownRelay] = [*PROVIDERS, *(relay for relay in KNOWN_RELAYS if relay.dkim_selectors)]
STEPS = re.findall(r"\| \d+ to \d+ \| ([\d,]+) \| `(\d+)/([smhd])` \|", TEXT)


@pytest.mark.parametrize("known", KNOWN, ids=[known.name for known in KNOWN])
def test_records_of_each_provider_are_those_that_are_looked_for(known: Provider | KnownRelay) -> None:
    include = f"`include:{known.spf_include}` " if known.spf_include else ""
    if known.dkim_selectors:
        assert f"| {', '.join(known.dkim_selectors)} | {include}|" in TEXT
    else:
        assert not include


def test_limits_are_those_by_which_the_check_judges() -> None:
    words = (
        f"under {letter_rates.BOUNCES_TO_SEE_TO:.0%} | from {letter_rates.BOUNCES_TO_SEE_TO:.0%} "
        f"| from {letter_rates.MOST_BOUNCES:.0%} |",
        f"under {letter_rates.COMPLAINTS_TO_SEE_TO:.1%} | from {letter_rates.COMPLAINTS_TO_SEE_TO:.1%} "
        f"| from {letter_rates.MOST_COMPLAINTS:.1%} |",
        f"a key of {dkim.GOOD_BITS:,} bits",
        f"fewer than {dkim.LEAST_BITS:,} bits",
    )
    assert [each for each in words if each not in TEXT] == []
    assert (letter_rates.DAYS, letter_rates.LEAST_TO_JUDGE, spf.MAX_LOOKUPS) == (7, 3, 10)
    assert "Of the letters of seven days" in TEXT
    assert "Fewer than three of a kind" in TEXT
    assert "more than ten look-ups" in TEXT


@pytest.mark.parametrize("step", STEPS, ids=[step[0] for step in STEPS])
def test_each_step_of_warming_up_is_out_within_four_hours(step: tuple[str, str, str]) -> None:
    letters, taken, unit = step
    seconds = int(letters.replace(",", "")) / int(taken) * UNIT_SECONDS[unit]
    assert 45 * 60 <= seconds <= 4 * 3600 < settings.DELIVERY_WINDOW.total_seconds()


def test_there_are_eight_steps() -> None:
    assert len(STEPS) == 8
