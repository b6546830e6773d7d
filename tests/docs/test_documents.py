"""What the documents tell somebody to type exists: commands, their options, settings, modules, files and links."""

import ast
import re
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = sorted(
    [
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md")),
        ROOT / "tests" / "faults" / "README.md",
    ]
)
IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
# What follows a command up to the next one of a shell, or the end of the code.
REST = r"(?P<rest>[^\n|;&<>#]*)"
MANAGE = re.compile(rf"manage\.py (?P<name>[a-z_]+){REST}")
MODULE = re.compile(rf"python3? -m (?P<name>[a-z][\w.]*){REST}")
# Modules that are none of ours.
OF_OTHERS = {"venv", "pip", "pytest"}
SETTING = re.compile(r"(?<![\w/.])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w/(])")
ASSIGNED = re.compile(r"(?<![\w-])([A-Z][A-Z0-9_]{2,})=(?=\S)")
# What Docker, PostgreSQL, make, our benchmarks and our tests read.
OF_OTHER_PROGRAMS = {
    "CI_MINILM",
    "MINILM",
    "POSTGRES_PASSWORD",
    "PGOPTIONS",
    "PYTHON",
    "ONCE",
    "ARGS",
    "CHROMIUM",
    "CADDY",
    "BENCH_READERS",
    "BENCH_JSON",
}
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#[^)]*)?\)")
FILE = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:py|md|yaml|html|css|toml|service)|(?:[a-z_]+/)+")


class Told(NamedTuple):
    """A command with the options that a document gives it."""

    name: str
    options: frozenset[str]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_of(text: str) -> list[str]:
    """What stands in code: whole blocks, and words within lines."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))]


def commands_told(text: str) -> Iterator[Told]:
    """Commands behind `manage.py`, and those that stand alone in code with an option or an argument."""
    for code in code_of(text):
        for found in MANAGE.finditer(code):
            yield Told(found["name"], frozenset(OPTION.findall(found["rest"])))
        first, _blank, rest = code.partition(" ")
        if first in get_commands() and "\n" not in code:
            yield Told(first, frozenset(OPTION.findall(rest)))
    for found in MANAGE.finditer(text):
        yield Told(found["name"], frozenset())


@cache
def options_of(command: str) -> frozenset[str]:
    app = get_commands()[command]
    assert isinstance(app, str)
    return frozenset(_options_of_parser(load_command_class(app, command).create_parser("manage.py", command)))


def _options_of_parser(parser: ArgumentParser) -> Iterator[str]:
    yield from parser._option_string_actions
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for below in action.choices.values():
                yield from _options_of_parser(below)


@cache
def settings_of_env() -> frozenset[str]:
    return frozenset(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", read(ROOT / ".env.example"), re.MULTILINE))


@cache
def words_of_code() -> frozenset[str]:
    """All names in capitals that code and its settings have."""
    files = [path for room in ("digest", "subscriptions", "deploy", "tests") for path in (ROOT / room).rglob("*.py")]
    files.remove(Path(__file__))
    found = set(settings_of_env())
    for path in [*files, ROOT / "Makefile", ROOT / "deploy" / "compose.yaml"]:
        found.update(SETTING.findall(read(path)))
    return frozenset(found)


def options_of_module(name: str) -> frozenset[str]:
    """The options that a module of ours adds to its parser; all of a package's where it is one."""
    path = ROOT / Path(*name.split("."))
    files = [path.with_suffix(".py")] if path.with_suffix(".py").is_file() else [*path.glob("*.py")]
    assert files, f"there is no module {name}"
    texts = [
        node.value
        for file in files
        for node in ast.walk(ast.parse(read(file)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return frozenset(text for text in texts if OPTION.fullmatch(text))


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_command_exists_with_its_options(path: Path) -> None:
    for told in commands_told(read(path)):
        assert told.name in get_commands(), f"there is no command {told.name}"
        assert told.options <= options_of(told.name), told


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_module_that_is_run_exists_with_its_options(path: Path) -> None:
    for found in MODULE.finditer(read(path)):
        if found["name"] not in OF_OTHERS:
            rest = found["rest"].partition("`")[0]
            assert set(OPTION.findall(rest)) <= options_of_module(found["name"]) | {"--help"}, found[0]


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_setting_exists(path: Path) -> None:
    """A name that is set is one of the environment; others may be names in the code."""
    text = read(path)
    named = {name for name in SETTING.findall(text) if not name.startswith("ANYMAIL_")}
    assert named - words_of_code() - OF_OTHER_PROGRAMS == set()
    assigned = {name for name in ASSIGNED.findall(text) if not name.startswith("ANYMAIL_")}
    assert assigned - settings_of_env() - OF_OTHER_PROGRAMS == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_link_leads_to_a_file(path: Path) -> None:
    missing = [link for link in LINK.findall(read(path)) if link and not (path.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_file_that_is_named_exists(path: Path) -> None:
    """A document may leave out the beginning of a path."""
    named = {code.rstrip("/") for code in code_of(read(path)) if FILE.fullmatch(code)}
    assert not {each for each in named if not any(f"/{ours}".endswith(f"/{each}") for ours in paths_of_ours())}


@cache
def paths_of_ours() -> frozenset[str]:
    """All files and folders of the repository."""
    tops = [path for path in ROOT.iterdir() if path.name not in {".venv", "var", ".git"}]
    below = [path for top in tops if top.is_dir() for path in top.rglob("*") if "__pycache__" not in path.parts]
    return frozenset(str(path.relative_to(ROOT)) for path in (*tops, *below))


def test_every_document_is_in_the_index() -> None:
    index = set(LINK.findall(read(ROOT / "docs" / "README.md")))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= index
