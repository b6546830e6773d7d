"""Asks whether a part of the product lives, for container and unit files: `python -m deploy.probe web`.

It ends with 0 where all is well, else with 1 and what is wrong. It loads no settings: it runs every minute.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from deploy.env import Environment

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 8
# Celery's scheduler writes its file at least every three minutes, and the clock of a suspended machine may jump.
BEAT_SILENCE_SECONDS = 10 * 60


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.probe", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    web = parts.add_parser("web", help="Whether the website has all that it needs (/readyz).")
    web.add_argument("--alive", action="store_true", help="Only whether it answers (/healthz).")
    web.add_argument("--site", default="http://127.0.0.1:8000", help="Default: %(default)s.")
    parts.add_parser("beat", help="Whether Celery's scheduler has done something in the last ten minutes.")
    options = parser.parse_args(arguments)
    problem = check_website(options.site, is_alive_enough=options.alive) if options.part == "web" else check_beat()
    if problem:
        print(problem, file=sys.stderr)
    return int(bool(problem))


def check_website(site: str, *, is_alive_enough: bool) -> str:
    """Return what the website lacks, or that it does not answer; nothing where all is well."""
    page = "/healthz" if is_alive_enough else "/readyz"
    try:
        # Without a proxy, which may be set for arXiv: the site is on this machine.
        with build_opener(ProxyHandler({})).open(site + page, timeout=TIMEOUT_SECONDS):
            return ""
    except HTTPError as error:
        try:
            problems = json.load(error)["problems"]
        except (ValueError, KeyError, TypeError):
            return f"The website answers {page} with {error.code}."
        return " ".join(f"{name}: {text}" for name, text in problems.items())
    except (OSError, ValueError) as error:
        return f"The website does not answer: {error}"


def check_beat() -> str:
    """Return that the scheduler is silent, or never began; nothing where all is well."""
    environment = Environment(dict(os.environ))
    environment.load_dotenv(ROOT / ".env")
    folder = Path(environment.text("PREPRINT_POST_HOME", str(ROOT / "var"))) / "broker"
    written = [path.stat().st_mtime for path in folder.glob("beat*")]
    if not written:
        return f"The scheduler has written nothing into {folder}."
    seconds = time.time() - max(written)
    return "" if seconds < BEAT_SILENCE_SECONDS else f"The scheduler has been silent for {seconds / 60:.0f} minutes."


if __name__ == "__main__":
    sys.exit(main())
