"""`settings` shows every setting in force and where it comes from, and nothing that is a secret."""

import json
import os
import re
import runpy
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from deploy.dotenv_names import COMPOSE_NAMES
from deploy.env import HIDDEN, Environment, Origin, SettingInForce

ROOT = Path(__file__).resolve().parents[2]
NAMES = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
CANARY = "Yp2q9vXK7sRfE0dTzLwGh4BnUjMa8CiO3kQx"
OTHER_CANARY = "Kc5uWm1tHd8yPr3xNa6vJq0bZs9eLf2gTi7o"
# A secret in every place that may hold one.
SECRETS = {
    "ALERT_EMAIL_URL": f"smtp://me:{CANARY}@alert.example.net",
    "ALERT_URL": f"https://hc-ping.com/{CANARY}",
    "ANYMAIL_RESEND_API_KEY": CANARY,
    "ANYMAIL_WEBHOOK_SECRET": f"post:{CANARY}",
    "CELERY_BROKER_URL": f"redis://:{CANARY}@redis.example.org:6379/0",
    "DATABASE_URL": f"postgres://post:{CANARY}@db.example.org/post?sslpassword={CANARY}",
    "EMAIL_HOST_PASSWORD": CANARY,
    "EMAIL_HOST_USER": CANARY,
    "EMAIL_URL": f"smtp+tls://{CANARY}:a/b?c=d&e@{CANARY}@mail.example.org:587",
    "GITHUB_TOKEN": CANARY,
    "METRICS_TOKEN": CANARY,
    "OPENAI_API_KEY": CANARY,
    "OPENAI_BASE_URL": f"https://me:{CANARY}@llm.example.org/v1?key={CANARY}",
    "OPENAI_EMBEDDING_API_KEY": CANARY,
    "OPENAI_EXTRA_BODY": json.dumps({"token": CANARY}),
    "OPENAI_FALLBACK_API_KEY": CANARY,
    "SECRET_KEY": CANARY,
    "SENTRY_DSN": f"https://{CANARY}@sentry.example.org/1",
    "SECRET_KEY_FALLBACKS": CANARY,
    "SUPPRESSION_KEY": OTHER_CANARY,
}
# These look like secrets and are none.
HARMLESS = {"OPENAI_EMBEDDING_BASE_URL", "OPENAI_FALLBACK_BASE_URL", "SITE_URL"}


def settings_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dotenv: str = "", **environ: str
) -> list[SettingInForce]:
    """Return what the settings list in an environment where nothing else is set, with that text as .env."""
    (tmp_path / "dotenv").write_text(dotenv, encoding="utf-8")
    load = Environment.load_dotenv
    monkeypatch.setattr(Environment, "load_dotenv", lambda self, _path: load(self, tmp_path / "dotenv"))
    monkeypatch.setattr(os, "environ", {"PREPRINT_POST_HOME": str(tmp_path), **environ})
    found: list[SettingInForce] = runpy.run_path(str(ROOT / "deploy" / "settings.py"))["SETTINGS_IN_FORCE"]
    return found


def printed(*flags: str) -> str:
    out = StringIO()
    call_command("settings", *flags, stdout=out)
    return out.getvalue()


def test_every_name_of_the_example_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [each.name for each in settings_in_force(tmp_path, monkeypatch, ANYMAIL_RESEND_API_KEY="x")]
    assert len(listed) == len(set(listed))
    assert {name for name in NAMES if not name.startswith("ANYMAIL_")} - COMPOSE_NAMES <= set(listed)
    assert "ANYMAIL_RESEND_API_KEY" in listed


def test_no_secret_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    like_secrets = {name for name in NAMES if re.search("KEY|TOKEN|SECRET|PASSWORD|USER|_URL$|BODY|DSN", name)}
    of_papers = {name for name in NAMES if re.match("ARXIV_|HUGGINGFACE_|GITHUB_API", name)}
    assert like_secrets - of_papers - HARMLESS - {"POSTGRES_PASSWORD"} <= set(SECRETS)
    given = {**SECRETS, "SITE_URL": "https://post.example.org"}
    settings.SETTINGS_IN_FORCE = settings_in_force(tmp_path, monkeypatch, **given)
    for output in (printed(), printed("--json")):
        assert CANARY not in output
        assert OTHER_CANARY not in output
    told = json.loads(printed("--json"))
    for name in SECRETS:
        assert HIDDEN in told[name]["value"], name
    assert told["DATABASE_URL"]["value"] == "postgres://…@db.example.org/post?sslpassword=…"
    assert told["EMAIL_URL"]["value"] == "smtp+tls://…@mail.example.org:587"
    assert told["OPENAI_BASE_URL"]["value"] == "https://…@llm.example.org/v1?key=…"


def test_each_says_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv = "SITE_NAME=Morning Post\nLLM_TIMEOUT=30\nSIGNALS=0\nGITHUB_TOKEN=abc\nOPENAI_MODEL=\n"
    found = {
        name: (shown, origin)
        for name, shown, origin in settings_in_force(tmp_path, monkeypatch, dotenv, LLM_TIMEOUT="90", DEBUG="yes")
    }
    assert found["SITE_NAME"] == ("Morning Post", Origin.DOTENV)
    assert found["LLM_TIMEOUT"] == ("90", Origin.ENVIRONMENT), "the environment wins"
    assert found["DEBUG"] == ("1", Origin.ENVIRONMENT)
    assert found["SIGNALS"] == ("0", Origin.DOTENV)
    assert found["GITHUB_TOKEN"] == (HIDDEN, Origin.DOTENV)
    assert found["OPENAI_MODEL"] == ("gpt-4o-mini", Origin.DEFAULT), "an empty one counts as not set"
    assert found["OPENAI_API_KEY"] == ("", Origin.DEFAULT)
    assert found["FROM_EMAIL"] == ("Morning Post <letters@localhost>", Origin.DEFAULT)
    assert found["SECRET_KEY"] == (HIDDEN, str(tmp_path / "secret_key"))


def test_a_key_of_the_environment_is_said_to_be_of_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_in_force(tmp_path, monkeypatch, SECRET_KEY=CANARY)
    assert [each.origin for each in found if each.name == "SECRET_KEY"] == [Origin.ENVIRONMENT]


def test_people_read_it_in_columns(settings: Settings) -> None:
    settings.SETTINGS_IN_FORCE = [
        SettingInForce("SITE_NAME", "Morning Post", Origin.DOTENV),
        SettingInForce("POSTAL_ADDRESS", "1 Library Lane\n12345 Booktown", Origin.ENVIRONMENT),
        SettingInForce("REPLY_TO", "", Origin.DEFAULT),
    ]
    assert printed().splitlines() == [
        "SITE_NAME       Morning Post                   .env",
        "POSTAL_ADDRESS  1 Library Lane 12345 Booktown  environment",
        "REPLY_TO        (empty)                        default",
    ]
