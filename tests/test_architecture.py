"""The rooms are what ARCHITECTURE.md says they are."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = [path for room in ("digest", "subscriptions", "deploy") for path in (ROOT / room).rglob("*.py")]


def test_no_room_imports_what_it_feeds() -> None:
    """In a process of its own: the linter silences the loggers of the one that it runs in, and so later tests."""
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


# What the digest may use of subscriptions; its pages also:
OPEN_DOORS = {"readers", "selectors", "services", "tokens", "taxonomy", "interests", "schedule", "signals"}
FOR_PAGES = {"languages", "mistakes", "private"}


def test_the_digest_goes_through_the_open_doors_of_subscriptions_only() -> None:
    """A module that is new there is closed until it is named here."""
    for path in (ROOT / "digest").rglob("*.py"):
        used = {name.split(".")[1] for name in _imported(path) if name.startswith("subscriptions.")}
        assert used <= OPEN_DOORS | FOR_PAGES, path
        assert not used & FOR_PAGES or {"web", "templatetags"} & set(path.parts), path


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_architecture_names_the_open_doors() -> None:
    doors = ("readers", "selectors", "services", "tokens", "taxonomy", "interests", "schedule", "signals")
    said = " ".join((ROOT / "ARCHITECTURE.md").read_text().split())
    assert set(doors) == OPEN_DOORS
    assert f"of `subscriptions` only `{', '.join(doors)}`" in said
    assert all(f"`{name}`" in said for name in FOR_PAGES)


def test_the_architecture_names_every_file_of_the_rooms_with_many() -> None:
    said = (ROOT / "ARCHITECTURE.md").read_text().partition("### Which file does what")[2].partition("\n## ")[0]
    files = {path.stem for room in ("delivery", "assembly") for path in (ROOT / "digest" / room).glob("*.py")}
    named = set(re.findall(r"`([a-z_]+\*?)`", said))
    assert {"tex_*" if name.startswith("tex_") else name for name in files - {"__init__"}} == named


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


def test_no_task_is_put_off_into_the_broker() -> None:
    """A message that waits there is lost with it: what is to be done later stands in the database."""
    for path in CODE:
        assert not re.search(r"\b(eta|countdown)=|\bapply_async\(", path.read_text()), path
