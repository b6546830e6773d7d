"""`make demo`: the product doing its main job on this machine, from an empty folder to letters in a mailbox."""

import argparse
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

from honcho.manager import Manager

READERS = Path(__file__).with_name("demo_readers.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    port = _free_port(options.port)
    site = f"http://localhost:{port}"
    os.environ.update(DJANGO_SETTINGS_MODULE="deploy.settings", SITE_URL=site, DEBUG="1")
    os.environ.setdefault("POSTAL_ADDRESS", "Preprint Post demo, on your own machine")
    code = _first_letters()
    if options.once:
        _say(f"The letters are files in {_mailbox()}. Without ONCE=1 they are shown at {site}/mailbox/.")
        return code
    return _serve(site, port)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="print the day's report and exit")
    parser.add_argument("--port", type=int, default=8000, help="the first port to try (default 8000)")
    return parser.parse_args(arguments)


def _first_letters() -> int:
    """Sets up the database and the readers and runs the day; returns 0 when the books balance."""
    import django  # Django reads its settings when it is imported, so the environment comes first.

    django.setup()
    from django.core.management import call_command

    from digest.management.progress import StderrWatch
    from digest.management.words import report_lines
    from digest.pipeline import run_day

    _say("Setting up the database")
    call_command("migrate", verbosity=0)
    _say("Bringing in three readers")
    call_command("import_subscribers", str(READERS), stdout=sys.stderr)
    day, source = _papers()
    _say(f"Running the day {day}")
    report = run_day(day, source, watch=StderrWatch())
    print("\n".join(report_lines(report)), flush=True)
    return 0 if report.balanced else 3


def _papers() -> tuple[date, "Source"]:  # noqa: F821 (imported below, after the settings)
    """Live papers where arXiv answers within ten seconds, else the bundled sample; says which."""
    from django.conf import settings

    from digest.papers.opening import listing_day, open_source
    from digest.sources.arxiv_api import reachable

    if reachable(settings.ARXIV_API_URL, timeout=10):
        _say("arXiv answers: these are today's papers")
        return _last_listing(listing_day()), open_source(["arxiv"])
    _say("arXiv cannot be reached from here: these are the 40 papers of the bundled sample")
    return listing_day(), open_source(["sample"])


def _last_listing(today: date) -> date:
    """The newest day whose papers are surely in arXiv's API: the weekday before *today*."""
    day = today - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def _serve(site: str, port: int) -> int:
    manager = Manager()
    python = sys.executable
    web = f"{python} -m gunicorn deploy.wsgi --bind 127.0.0.1:{port} --threads 4 --log-level warning"
    worker = f"{python} -m celery -A deploy.celery worker --concurrency 1 --loglevel warning --without-mingle"
    manager.add_process("web", web)
    manager.add_process("worker", worker)
    manager.add_process("scheduler", f"{python} -m celery -A deploy.celery beat --loglevel warning")
    Thread(target=_announce, args=(site,), daemon=True).start()
    manager.loop()
    return 0 if manager.returncode in (0, None, 130) else int(manager.returncode)


def _announce(site: str) -> None:
    """Prints the links as soon as the site answers."""
    for _attempt in range(300):
        try:
            urllib.request.urlopen(f"{site}/today/", timeout=5).close()  # noqa: S310 (our own address)
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    links = (("Sign up", "/"), ("Today's edition", "/today/"), ("The mailbox", "/mailbox/"))
    _say("\n" + "\n".join(f"  {name:<16} {site}{path}" for name, path in links) + "\n\nStop with Ctrl-C.\n")


def _free_port(first: int) -> int:
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"No free port between {first} and {first + 99}. Name another: python -m deploy.demo --port 9000")


def _mailbox() -> Path:
    from django.conf import settings

    return Path(settings.MAILBOX)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
