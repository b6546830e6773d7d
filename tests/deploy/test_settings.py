"""Whatever the environment says wrongly, the start ends with one sentence that names it."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from deploy import env

ROOT = Path(__file__).resolve().parents[2]

WRONG = {
    "API_CONNECTIONS": "65",
    "CELERY_BROKER_URL": "foo",
    "DELIVERY_WINDOW": "8d",
    "DOMAIN_RATE_LIMITS": "gmail.com=100/m;qq.com=30/m",
    "EMAIL_URL": "smtp://host:abc",
    "EVENTS_KEPT": "89d",
    "LOG_LEVEL": "loud",
    "SITE_URL": "https://post.example.org:80000",
    "SMTP_CONNECTIONS": "65",
    "SOFT_BOUNCE_TIME": "366d",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(env, "load_dotenv", lambda _path: None)
    monkeypatch.setattr(os, "environ", {"PREPRINT_POST_HOME": str(tmp_path), name: WRONG[name]})
    with pytest.raises(ImproperlyConfigured, match=f"^{name} "):
        runpy.run_path(str(ROOT / "deploy" / "settings.py"))


def test_a_command_says_it_in_one_line(tmp_path: Path) -> None:
    environ = {**os.environ, "PREPRINT_POST_HOME": str(tmp_path), "LOG_LEVEL": "loud"}
    command = [sys.executable, "manage.py", "check"]
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    said = "LOG_LEVEL is 'loud'; set it to one of: DEBUG, INFO, WARNING, ERROR, CRITICAL."
    assert (ended.returncode, ended.stderr) == (1, f"The settings are not right yet. {said}\n")
