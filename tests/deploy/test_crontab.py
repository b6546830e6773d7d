"""The crontab lines of the README: cron mails what needs somebody, and nothing else."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

README = Path(settings.BASE_DIR) / "README.md"
LINES = re.findall(
    r"^[\d*].* cd /opt/preprint-post && (.+manage\.py (\w+) .+)$", README.read_text("utf-8"), re.MULTILINE
)


def test_the_readme_has_a_line_for_each_command() -> None:
    assert [command for _line, command in LINES] == ["run_daily", "prepare_day", "deliver_due"]


@pytest.mark.parametrize(("line", "command"), LINES, ids=[command for _line, command in LINES])
@pytest.mark.parametrize(("code", "is_mailed"), [(0, False), (1, True), (3, True), (4, False)])
def test_cron_mails_what_needs_somebody(code: int, is_mailed: bool, line: str, command: str, tmp_path: Path) -> None:
    if command == "deliver_due" and code == 4:
        is_mailed = True  # it has no such code
    (tmp_path / "var").mkdir()
    said = f"(echo report; echo warning >&2; echo sentence >&2; exit {code})"
    line = line.replace(f".venv/bin/python manage.py {command}", said)
    run = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("sentence\n" if is_mailed else "", "")
    assert (tmp_path / "var" / f"{command}.log").read_text() == "report\nwarning\nsentence\n"
