"""The rooms are what ARCHITECTURE.md says they are."""

import ast
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
CODE = [path for room in ("digest", "subscriptions", "deploy") for path in (ROOT / room).rglob("*.py")]


def test_no_room_imports_what_it_feeds() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml")) == 0


def test_every_init_file_is_empty() -> None:
    assert [path for path in CODE if path.name == "__init__.py" and path.read_text().strip()] == []


def test_every_file_stays_short_enough_to_read() -> None:
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in CODE}
    assert {name: lines for name, lines in sizes.items() if lines > 300 and "migrations" not in name} == {}


def test_every_file_says_what_it_is_for() -> None:
    silent = [path for path in CODE if _needs_docstring(path) and not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def _needs_docstring(path: Path) -> bool:
    short = ("__init__.py", "apps.py", "urls.py")
    return path.name not in short and not {"migrations", "commands"} & set(path.parts)
