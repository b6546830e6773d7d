"""The files that run the product elsewhere say the same as the settings, and name only what exists."""

import ast
import json
import os
import re
import runpy
import subprocess
import tomllib
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest
from django.core.management import get_commands

from deploy.broker import QUEUES
from deploy.dotenv_names import COMPOSE_NAMES
from deploy.env import Environment
from digest import tasks

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
# What PostgreSQL's image and our Caddyfile read.
OF_OTHER_IMAGES = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "UPSTREAM"}


READERS = re.compile(
    r"((env|self)\.)?(text|line|secret|key|dsn|flag|number|amount|address|addresses|site_address|hosts?|name_servers|mailbox|choice|broker"
    r"|mail_server|database|duration|json_object|rates?|with_prefix)"
)


def _names_read(path: Path) -> set[str]:
    """The environment's names that a module of deploy/ reads through env.py."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    readers = (call for call in calls if READERS.fullmatch(ast.unparse(call.func)))
    firsts = (call.args[0].value for call in readers if isinstance(call.args[0], ast.Constant))
    return {name for name in firsts if isinstance(name, str)}


def _settings_names() -> set[str]:
    """With ANYMAIL_, the prefix, for all that begins with it."""
    return _names_read(DEPLOY / "settings.py") | _names_read(DEPLOY / "env.py")


def _example_names() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))


def _known(name: str) -> bool:
    return name in _settings_names() or name.startswith("ANYMAIL_")


def test_the_names_that_we_look_for_are_found() -> None:
    assert {"SITE_URL", "SECRET_KEY", "DATABASE_URL", "ANYMAIL_", "LLM_TIMEOUT", "HSTS_SUBDOMAINS"} <= _settings_names()


def test_every_setting_stands_in_the_example() -> None:
    assert _settings_names() - _example_names() == {"ANYMAIL_"}
    assert any(name.startswith("ANYMAIL_") for name in _example_names())


def test_the_example_names_nothing_that_nobody_reads() -> None:
    for_compose = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert {name for name in _example_names() if not _known(name)} == for_compose - _settings_names()


def test_the_example_sets_nothing_by_itself() -> None:
    lines = [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")]
    assert lines == []


def _example(tmp_path: Path, **changes: str) -> dict[str, str]:
    """What the example would set, were nothing in it a comment."""
    lines = re.findall(r"^#([A-Z][A-Z_]+=.*)$", EXAMPLE, re.MULTILINE)
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    changes["PREPRINT_POST_HOME"] = str(tmp_path / "home")
    Environment(changes).load_dotenv(tmp_path / ".env")
    return changes


def test_every_value_of_the_example_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # But for the secrets, which would be known to everybody.
    secrets = {
        "SECRET_KEY": "Yp2q9vXK7sRfE0dTzLwGh4BnUjMa8CiO3kQx",
        "SUPPRESSION_KEY": "Kc5uWm1tHd8yPr3xNa6vJq0bZs9eLf2gTi7o",
        "ANYMAIL_WEBHOOK_SECRET": "post:uZ3nQ0rT8wKe5LxVbM2y",
    }
    monkeypatch.setattr(os, "environ", _example(tmp_path, SITE_URL="https://post.example.org", **secrets))
    settings = runpy.run_path(str(DEPLOY / "settings.py"))
    assert settings["PRODUCTION"] is True
    assert settings["DEFAULT_FROM_EMAIL"] == "Preprint Post <letters@post.example.org>"
    assert settings["EMAIL_BACKEND"] == "anymail.backends.resend.EmailBackend"
    assert settings["EMAIL_HOST"] == "mail.example.org"
    assert settings["CELERY_BROKER_URL"] == "redis://localhost:6379/0"
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("SITE_URL", "SITE_URL"),
        ("SITE_NAME", "SITE_NAME"),
        ("OPENAI_MODEL", "OPENAI_MODEL"),
        ("LLM_CONCURRENCY", "LLM_CONCURRENCY"),
        ("LLM_TIMEOUT", "LLM_TIMEOUT"),
        ("OPENAI_PRICE_IN", "OPENAI_PRICE_IN"),
        ("OPENAI_PRICE_OUT", "OPENAI_PRICE_OUT"),
        ("LLM_DAILY_BUDGET", "LLM_DAILY_BUDGET"),
        ("LLM_MAX_CALLS", "LLM_MAX_CALLS"),
        ("ARXIV_API_URL", "ARXIV_API_URL"),
        ("UNCERTAIN_LETTERS", "UNCERTAIN_LETTERS"),
        ("LETTER_WORKERS", "LETTER_WORKERS"),
        ("SOFT_BOUNCES", "SOFT_BOUNCES"),
        ("SMTP_CONNECTIONS", "SMTP_CONNECTIONS"),
        ("API_CONNECTIONS", "API_CONNECTIONS"),
    ],
)
def test_a_default_that_the_example_shows_is_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, setting: str
) -> None:
    shown = _example(tmp_path)[name]
    monkeypatch.setattr(Environment, "load_dotenv", lambda *_given: None)
    monkeypatch.setattr(os, "environ", {"PREPRINT_POST_HOME": str(tmp_path / "home")})
    assert str(runpy.run_path(str(DEPLOY / "settings.py"))[setting]) == shown


def test_compose_sets_only_names_that_somebody_reads() -> None:
    names = set(re.findall(r"^ +([A-Z][A-Z_]+):", COMPOSE, re.MULTILINE)) | set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert names
    assert {name for name in names if not _known(name)} <= OF_OTHER_IMAGES | COMPOSE_NAMES


def test_compose_is_laid_out_as_yaml_wants_it() -> None:
    assert "\t" not in COMPOSE
    for line in COMPOSE.splitlines():
        assert (len(line) - len(line.lstrip(" "))) % 2 == 0, line
    services = re.findall(r"^  ([a-z]+):$", COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0], re.M)
    assert services == ["migrate", "web", "worker", "preparer", "beat", "backup", "db", "redis", "caddy"]


def test_the_caddyfile_reads_what_compose_gives_it() -> None:
    read = set(re.findall(r"\{\$([A-Z_]+)", (DEPLOY / "Caddyfile").read_text(encoding="utf-8")))
    given = COMPOSE.partition("\n  caddy:\n")[2]
    assert read == {"SITE_URL", "UPSTREAM"}
    assert all(f"      {name}: " in given for name in read)


def _commands() -> list[str]:
    """Every command but those of probes."""
    units = [unit.read_text(encoding="utf-8") for unit in UNITS if "-probe-" not in unit.stem]
    starts = [re.findall(r"^ExecStart=(.+)$", unit, re.M) for unit in units]
    image = re.findall(r"^CMD \[(.+)\]$", DOCKERFILE, re.M)[0].replace('", "', " ").strip('"')
    composed = re.findall(r"^    command: ((?:celery|python) .+)$", COMPOSE, re.M)
    return [image, *composed, *(command for found in starts for command in found)]


def test_site_workers_and_scheduler_have_units() -> None:
    parts = ("backup", "beat", "preparer", "probe-beat", "probe-web", "web", "worker")
    assert [unit.name for unit in UNITS] == [f"preprint-post-{part}.service" for part in parts]
    assert len(_commands()) == 10


@pytest.mark.parametrize("commands", [_commands()[:5], _commands()[5:]], ids=["compose", "systemd"])
def test_workers_serve_every_queue_and_letters_apart_from_runs(commands: list[str]) -> None:
    workers = [command.split() for command in commands if " worker " in command]
    served = [words[words.index("-Q") + 1].split(",") for words in workers]
    assert sorted(chain(*served)) == sorted(QUEUES)
    assert ["prepare"] in served


def test_the_same_probes_look_at_containers_and_units() -> None:
    """What is wrong with a container is seen in its health, and a unit that does not live is started again."""
    of_compose = {part: _find_probes(text) for part, text in _services().items() if "deploy.probe" in text}
    assert of_compose == {"web": ["web"], "beat": ["beat"]}
    of_units = {unit.stem.rpartition("-")[2]: unit for unit in UNITS if "-probe-" in unit.stem}
    assert {part: _find_probes(unit.read_text("utf-8")) for part, unit in of_units.items()} == {
        "web": ["web", "web --alive"],
        "beat": ["beat"],
    }
    for part, unit in of_units.items():
        assert f"systemctl try-restart preprint-post-{part}.service" in unit.read_text("utf-8")
        assert "OnUnitActiveSec=2min" in unit.with_suffix(".timer").read_text("utf-8")
        assert "probe-{web,beat}.timer" in (DEPLOY / "systemd" / "preprint-post-web.service").read_text("utf-8")


def _find_probes(text: str) -> list[str]:
    """Return the arguments that a service or a unit gives to the probe."""
    shell = [found.strip() for found in re.findall(r"^ExecStart=.* -m deploy\.probe (.+)$", text, re.M)]
    lists = re.findall(r'"-m", "deploy\.probe", (.+)\]', text)
    return [*shell, *(" ".join(json.loads(f"[{found}]")) for found in lists)]


def test_a_worker_has_the_time_to_end_that_a_drain_takes() -> None:
    waits = [int(seconds) for unit in UNITS for seconds in re.findall(r"TimeoutStopSec=(\d+)", unit.read_text("utf-8"))]
    waits += [60 * int(minutes) for minutes in re.findall(r"stop_grace_period: (\d+)m", COMPOSE)]
    assert len(waits) == 4
    assert min(waits) > (tasks.drain.soft_time_limit or 0) > 0


@pytest.mark.parametrize("command", _commands())
def test_every_command_starts_something_that_exists(command: str) -> None:
    words = command.split()
    program = Path(words[0]).name
    if program == "celery":
        assert words[1:3] == ["-A", "deploy.celery"]
        assert words[3] in {"worker", "beat"}
        assert hasattr(import_module(words[2]), "app")
    elif program == "gunicorn":
        assert (ROOT / words[words.index("--config") + 1]).is_file()
        assert callable(import_module(words[-1]).application)
    else:
        assert [program, words[1]] == ["python", "manage.py"]
        assert words[2] in get_commands()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_set_only_known_names_and_run_with_few_rights(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    names = re.findall(r"([A-Z_]+)=", " ".join(re.findall(r"^Environment=(.+)$", text, re.M)))
    assert [name for name in names if not _known(name)] == ["PYTHONDONTWRITEBYTECODE"]
    for line in ("User=preprint-post", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in text


def test_the_image_copies_what_exists_and_runs_without_rights() -> None:
    sources = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.M)
    assert {"manage.py", "deploy", "digest", "subscriptions", "templates"} <= set(sources)
    assert all((ROOT / source).exists() for source in sources)
    assert "--require-hashes" in DOCKERFILE
    assert DOCKERFILE.index("\nUSER preprint-post\n") < DOCKERFILE.index("\nCMD ")


def test_the_image_has_the_python_that_the_project_asks_for() -> None:
    least = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    named = re.findall(r"python:(\S+)-slim", DOCKERFILE + COMPOSE + EXAMPLE)
    assert set(named) == {least.removeprefix(">=")}
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.M) == ["${BASE_IMAGE}"] * 2


def _services() -> dict[str, str]:
    """The text of each service in compose.yaml, by its name."""
    text = COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    parts = re.split(r"^  ([a-z]+):$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _emptied(service: str) -> set[str]:
    """The names that a service is given as empty."""
    anchors = re.findall(r"<<: \[(.*)\]", service)[0].replace("*", "").split(", ")
    blocks = [COMPOSE.partition(f"&{anchor}\n")[2].partition("\n\n")[0] for anchor in anchors]
    return {name for block in [*blocks, service] for name in re.findall(r'^ +([A-Z_]+): ""$', block, re.M)}


SECRETS = {
    *("EMAIL_URL", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "ALERT_EMAIL_URL", "ALERT_URL"),
    "ANYMAIL_WEBHOOK_SECRET",
    "METRICS_TOKEN",
    *("OPENAI_API_KEY", "OPENAI_FALLBACK_API_KEY", "GITHUB_TOKEN", "POSTGRES_PASSWORD"),
}
OF_MAIL = {"EMAIL_URL", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "ALERT_EMAIL_URL", "ALERT_URL"}
OF_MODELS = {"OPENAI_API_KEY", "OPENAI_FALLBACK_API_KEY"}
NEEDED = {
    "migrate": set(),
    "web": {*OF_MAIL, "ANYMAIL_WEBHOOK_SECRET", "METRICS_TOKEN"},
    "worker": {*OF_MAIL, *OF_MODELS},
    "preparer": {*OF_MODELS, "GITHUB_TOKEN"},
    "beat": set(),
    "backup": set(),
}


@pytest.mark.parametrize("name", NEEDED)
def test_a_container_is_given_the_secrets_that_it_needs(name: str) -> None:
    assert SECRETS - _emptied(_services()[name]) == NEEDED[name]


def test_the_website_learns_of_a_models_key_but_not_the_key() -> None:
    """The privacy page says whom abstracts go to."""
    assert "      OPENAI_API_KEY: ${OPENAI_API_KEY:+set}\n" in _services()["web"]


def test_the_clock_starts_without_the_database_and_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict.fromkeys(_emptied(_services()["beat"]), "")
    assert "DATABASE_URL" in given
    key, other_key = "Yp2q9vXK7sRfE0dTzLwGh4BnUjMa8CiO3kQx", "Kc5uWm1tHd8yPr3xNa6vJq0bZs9eLf2gTi7o"
    own = {"PREPRINT_POST_HOME": str(tmp_path), "SITE_URL": "https://post.example.org"}
    environ = {**given, **own, "SECRET_KEY": key, "SUPPRESSION_KEY": other_key}
    monkeypatch.setattr(Environment, "load_dotenv", lambda *_given: None)
    monkeypatch.setattr(os, "environ", environ)
    assert runpy.run_path(str(DEPLOY / "settings.py"))["PRODUCTION"] is True


def test_every_container_drops_its_capabilities() -> None:
    application = COMPOSE.partition("\nx-app: &app\n")[2].partition("\n\n")[0]
    for name, service in _services().items():
        text = application if "<<: *app" in service else service
        assert "cap_drop: [ALL]" in text, name
        assert 'security_opt: ["no-new-privileges:true"]' in text, name
    added = {name: re.findall(r"cap_add: \[(.+)\]", service) for name, service in _services().items()}
    assert {name for name, found in added.items() if found} == {"db", "redis", "caddy"}
    assert added["caddy"] == ["NET_BIND_SERVICE"]


def test_every_container_that_stays_says_whether_it_is_well() -> None:
    """That a night had no backup is an alarm: its container only waits."""
    lacking = {name for name, service in _services().items() if "\n    healthcheck:\n" not in service}
    assert lacking == {"migrate", "backup"}


def test_how_much_is_logged_is_said_by_the_settings_alone() -> None:
    assert [command for command in _commands() if "level" in command] == []


def test_every_container_has_bounds_for_memory_and_what_it_says() -> None:
    application = COMPOSE.partition("\nx-app: &app\n")[2].partition("\n\n")[0]
    assert re.search(r"x-logging: &logging\n(  .+\n)+    max-size: 10m\n    max-file: \"5\"\n", COMPOSE)
    for name, service in _services().items():
        text = application if "<<: *app" in service else service
        assert "  logging: *logging\n" in f"{text}\n", name
        assert re.search(r"^    mem_limit: \d+[gm]  # ", service, re.M), name


def test_each_bound_for_memory_follows_from_what_was_measured() -> None:
    docs = (ROOT / "docs" / "capacity.md").read_text(encoding="utf-8").partition("## Memory limits\n")[2]
    rows = re.findall(r"^\| ([a-z]+) \| (not measured|[\d,]+ MB) \| .+ \| (\d+) ([GM])B \|$", docs, re.M)
    assert [part for part, *_rest in rows] == list(_services())
    for part, measured, limit, unit in rows:
        said = "an estimate" if measured == "not measured" else f"measured: {measured}"
        assert f"\n    mem_limit: {limit}{unit.lower()}  # {said}\n" in _services()[part], part
        peak = int(re.sub(r"\D", "", measured) or 0)
        assert int(limit) * (1024 if unit == "G" else 1) >= 1.7 * peak, part


def test_every_unit_has_bounds_for_memory_and_what_it_says() -> None:
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        limit = re.findall(r"^MemoryMax=(\d+[GM])$", text, re.M)
        assert len(limit) == 1, unit.name
        if "-probe-" not in unit.stem:  # in containers a probe is part of what it probes
            service = _services()[unit.stem.rpartition("-")[2]]
            assert [each.lower() for each in limit] == re.findall(r"^    mem_limit: (\S+)", service, re.M), unit.name
        assert "\nLogRateLimitBurst=" in text


def test_images_may_be_named_to_the_byte() -> None:
    """By a digest behind their name, in .env."""
    images = re.findall(r"^    image: (\S+)$", COMPOSE, re.M)
    assert [re.sub(r"\$\{[A-Z]+_IMAGE:-(\w+):.+\}", r"\1", image) for image in images] == ["postgres", "redis", "caddy"]


@pytest.mark.parametrize("answers", [True, False], ids=["registry", "no registry"])
def test_one_line_of_the_docs_writes_the_digests_of_all_images(tmp_path: Path, answers: bool) -> None:
    docs = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^.+docker buildx imagetools inspect.+$", docs, re.M)
    images = dict(re.findall(r"\$\{([A-Z]+_IMAGE):-(\S+)\}", COMPOSE))
    assert len(images) == 4
    assert images == dict(re.findall(r"^#([A-Z]+_IMAGE)=(\S+)$", EXAMPLE, re.M))
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n" + ('echo "sha256:$6"\n' if answers else "exit 1\n"), encoding="utf-8")
    docker.chmod(0o755)
    (tmp_path / ".env").write_text("SITE_URL=https://post.example.org\nREDIS_IMAGE=redis:6\n", encoding="utf-8")
    variables = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", line], cwd=tmp_path, env=variables, check=answers)
    pinned = (
        [f"{name}={image}@sha256:{image}" for name, image in images.items()] if answers else ["REDIS_IMAGE=redis:6"]
    )
    written = (tmp_path / ".env").read_text(encoding="utf-8").splitlines()
    assert written[0] == "SITE_URL=https://post.example.org"
    assert sorted(written[1:]) == sorted(pinned if answers else ["REDIS_IMAGE=redis:6"])


def test_the_nightly_backup_waits_until_its_hour() -> None:
    """Whenever the container begins: at 02:50 UTC, never at once, and never for longer than a day."""
    service = _services()["backup"]
    [expression] = re.findall(r'sleep "(\$\$\(\(.+\)\))"', service)
    hour, day = (2 * 60 + 50) * 60, 24 * 60 * 60
    moments = [*range(0, day, 997), hour - 1, hour, hour + 1, day - 1]
    lines = [f"date() {{ echo {10 * day + each}; }}; echo {expression.replace('$$', '$')}" for each in moments]
    waits = subprocess.run(["sh", "-c", "\n".join(lines)], capture_output=True, text=True, check=True).stdout.split()
    assert all((moment + int(wait)) % day == hour for moment, wait in zip(moments, waits, strict=True))
    assert all(1 <= int(wait) <= day for wait in waits)
    timer = (DEPLOY / "systemd" / "preprint-post-backup.timer").read_text(encoding="utf-8")
    assert "OnCalendar=*-*-* 02:50:00 UTC\n" in timer


def test_backups_go_into_a_folder_that_stays() -> None:
    [folder] = set(re.findall(r"backup --keep \S+ (\S+)$", _services()["backup"], re.M))
    assert f"      - ${{BACKUP_FOLDER:-backups}}:{folder}\n" in _services()["backup"]
    assert "\n  backups:\n" in COMPOSE.partition("\nvolumes:\n")[2] + "\n"
    assert folder in DOCKERFILE, "a volume belongs to whom the folder of the image does"
