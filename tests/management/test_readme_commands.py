"""The README's table names every command of ours, so that an operator finds what there is."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

README = Path(settings.BASE_DIR) / "README.md"


@pytest.mark.parametrize(
    "command", sorted(name for name, app in get_commands().items() if app in ("deploy", "digest", "subscriptions"))
)
def test_every_command_stands_in_the_readme(command: str) -> None:
    assert f"`{command}" in README.read_text(encoding="utf-8")
