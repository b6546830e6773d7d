"""Names in .env that nobody reads, or that stand there twice, are named with what to do."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from deploy.dotenv_names import COMPOSE_NAMES, PREFIXES_OF_OTHERS, find_odd_names

KNOWN = {each.name for each in settings.SETTINGS_IN_FORCE}
EXAMPLE = (Path(settings.BASE_DIR) / ".env.example").read_text(encoding="utf-8")
EXAMPLE_NAMES = set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))


def odd(*names: str, environment: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return list(find_odd_names({name: [line] for line, name in enumerate(names, start=1)}, KNOWN, environment))


def test_every_name_of_the_example_is_known() -> None:
    assert odd(*EXAMPLE_NAMES) == []
    assert EXAMPLE_NAMES - KNOWN - {name for name in EXAMPLE_NAMES if name.startswith("ANYMAIL_")} == COMPOSE_NAMES
    assert not [name for name in EXAMPLE_NAMES if name.startswith(PREFIXES_OF_OTHERS)], "else a slip in it is not seen"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("OPENAI_APIKEY", "OPENAI_API_KEY"),
        ("SITEURL", "SITE_URL"),
        ("site_url", "SITE_URL"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("CELERY_BROKER", "CELERY_BROKER_URL"),
        ("METRIC_TOKEN", "METRICS_TOKEN"),
    ],
)
def test_a_near_miss_suggests_what_is_meant(written: str, meant: str) -> None:
    assert odd(written) == [(f"{written} in .env is read by nothing of ours.", f"Write {meant}.")]


def test_what_is_like_nothing_is_to_be_taken_out() -> None:
    [(text, hint)] = odd("COLOUR")
    assert text == "COLOUR in .env is read by nothing of ours."
    assert hint.startswith("Take it out, if nothing else reads it")


def test_what_other_programs_read_is_left_alone() -> None:
    assert odd("HTTPS_PROXY", "PGSSLMODE", "AWS_REGION", "TZ", "ANYMAIL_MAILGUN_API_KEY") == []


def test_a_name_that_stands_there_twice_is_named_with_its_lines() -> None:
    assert list(find_odd_names({"SITE_URL": [3, 9, 12]}, KNOWN, ())) == [
        ("SITE_URL stands in .env more than once: on the lines 3, 9 and 12.", "Keep one: here the first counts.")
    ]


def test_in_the_environment_only_what_is_nearly_ours_is_named() -> None:
    given = ("HOME", "PATH", "LANG", "LOGNAME", "DEBUG_LEVEL", "EMAIL", "OPENAI_APIKEY", *EXAMPLE_NAMES)
    assert odd(environment=given) == [
        ("OPENAI_APIKEY in the environment is read by nothing of ours.", "Write OPENAI_API_KEY, if that is meant.")
    ]


def test_a_name_of_dotenv_is_named_once() -> None:
    assert len(odd("OPENAI_APIKEY", environment=("OPENAI_APIKEY",))) == 1
