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


# What the digest may use of subscriptions.
OPEN_MODULES = {
    "account_requests.drain",
    "account_requests.outbox",
    "address_hashes",
    "audit",
    "background_thread",
    "bounded_lists",
    "filters.language",
    "filters.person_names",
    "email.account_letter_samples",
    "email.failures",
    "email.mail_answers",
    "email.provider_answers",
    "transit_safe_mail",
    "letter_languages",
    "links.tokens",
    "preference_defaults",
    "reader",
    "schedule",
    "selectors",
    "services.expiry",
    "services.imported_confirmations",
    "services.reminders",
    "services.suppression",
    "services.unsubscribe",
    "signals",
    "taxonomy.categories",
}
# Only for its pages.
OPEN_FOR_PAGES = {
    "filters.error_messages",
    "links.decorators",
    "links.remembered_browsers",
    "masked_address",
    "next_letter",
    "page_cache",
    "page_language",
    "rate_limits",
    "services.personal_signals",
    "services.private_feed",
}

# What reads the papers that letters of several days show, besides those of an edition's day.
READS_EARLIER_PAPERS = {
    "editions/build.py",
    "editions/load.py",
    "picking/earlier_entries.py",
    "picking/letter_places.py",
    "picking/relations.py",
    "picking/sent_history.py",
    "picking/shown_papers.py",
    "privacy.py",
    "summaries/write.py",
    "web/selectors.py",
}


def test_what_shows_or_counts_a_day_reads_the_papers_of_the_day() -> None:
    """Whoever reads more is named above."""
    for path in (ROOT / "digest").rglob("*.py"):
        found = re.findall(r"(?:EditionEntry\.objects|edition\.entries)\b(?!\.of_the_day)", path.read_text())
        assert not found or path.relative_to(ROOT / "digest").as_posix() in READS_EARLIER_PAPERS, path


def test_the_digest_uses_only_the_open_modules_of_subscriptions() -> None:
    """A new module there is closed until it is named here."""
    for path in (ROOT / "digest").rglob("*.py"):
        used = {name.removeprefix("subscriptions.") for name in _imported(path) if name.startswith("subscriptions.")}
        is_page = bool({"web", "templatetags"} & set(path.parts))
        allowed = OPEN_MODULES | (OPEN_FOR_PAGES if is_page else set())
        assert [name for name in used if not any(f"{name}.".startswith(f"{each}.") for each in allowed)] == [], path


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_architecture_names_every_package() -> None:
    described = (ROOT / "ARCHITECTURE.md").read_text()
    packages = {
        str(path.parent.relative_to(ROOT))
        for path in CODE
        if path.name == "__init__.py" and not {"migrations", "management", "templatetags"} & set(path.parts)
        if path.parent.parent.name != "providers"  # a folder per mail provider
    }
    assert {package for package in packages if f"{package.rpartition('/')[2]}/" not in described} == set()


def test_only_tables_and_admin_pages_have_code_in_init_files() -> None:
    """Django imports these two as a whole."""
    filled = {str(path.parent.relative_to(ROOT)) for path in CODE if path.name == "__init__.py" and path.read_text()}
    assert filled == {"digest/models", "digest/admin"}


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
