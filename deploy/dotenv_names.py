"""What is odd about the names in .env: nobody reads them, or they stand there twice."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches

# Read by deploy/compose.yaml alone.
COMPOSE_NAMES = frozenset(
    {
        *("POSTGRES_PASSWORD", "BACKUP_FOLDER", "BACKUPS_KEPT"),
        *("POSTGRES_IMAGE", "REDIS_IMAGE", "CADDY_IMAGE", "BASE_IMAGE"),
    }
)
# Ours begin with none of these. Programs and libraries that we start read the environment too, and .env fills it.
PREFIXES_OF_OTHERS = (
    *("AWS_", "DJANGO_", "GUNICORN_", "LC_", "OPENBLAS_", "PG", "PROMETHEUS_", "PYTHON", "SSL_", "WEB_CONCURRENCY"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TMPDIR", "TZ"),
    *("SENTRY_ENVIRONMENT", "SENTRY_RELEASE"),
)
PREFIX_OF_PROVIDERS = "ANYMAIL_"
# How alike two names are at least, from 0 to 1. Names of the environment are most of them of others.
ALIKE_IN_DOTENV, ALIKE_IN_ENVIRONMENT = 0.7, 0.88


def find_odd_names(
    dotenv_lines: Mapping[str, Sequence[int]], known: Collection[str], environment: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is odd and what to do, each a sentence.

    *dotenv_lines* has the lines of each name in .env, *known* the names that are read.
    """
    known = {*known, *COMPOSE_NAMES}
    for name, lines in dotenv_lines.items():
        if len(lines) > 1:
            numbers = ", ".join(map(str, lines[:-1])) + f" and {lines[-1]}"
            yield f"{name} stands in .env more than once: on the lines {numbers}.", "Keep one: here the first counts."
        if name in known or name.startswith((PREFIX_OF_PROVIDERS, *PREFIXES_OF_OTHERS)):
            continue
        meant = get_close_matches(name.upper(), known, 1, ALIKE_IN_DOTENV)
        hint = f"Write {meant[0]}." if meant else "Take it out, if nothing else reads it: .env.example has all names."
        yield f"{name} in .env is read by nothing of ours.", hint
    for name in sorted(set(environment) - known - dotenv_lines.keys()):
        if not name.startswith((PREFIX_OF_PROVIDERS, *PREFIXES_OF_OTHERS)) and (
            meant := get_close_matches(name.upper(), known, 1, ALIKE_IN_ENVIRONMENT)
        ):
            yield f"{name} in the environment is read by nothing of ours.", f"Write {meant[0]}, if that is meant."
