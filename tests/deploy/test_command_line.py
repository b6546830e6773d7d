"""The command line: whose version it tells."""

import tomllib
from pathlib import Path

import django
import pytest

from deploy import demo
from deploy.command_line import main
from digest.version import VERSION

ROOT = Path(__file__).resolve().parents[2]


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(["manage.py", *words])
    return capsys.readouterr().out


@pytest.mark.parametrize("words", [["--version"], ["run_daily", "--version"], ["migrate", "--version"]])
def test_the_version_is_ours(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert typed(capsys, *words) == f"Preprint Post {VERSION}\n"


def test_django_tells_its_own_where_it_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, "version") == f"{django.get_version()}\n"


def test_the_demo_tells_ours_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        demo.main(["--version"])
    assert capsys.readouterr().out == f"Preprint Post {VERSION}\n"


def test_the_version_stands_in_one_place() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == VERSION
