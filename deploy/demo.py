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
from typing import TYPE_CHECKING

from honcho.manager import Manager

if TYPE_CHECKING:  # these read the settings, which the demo makes first
    from digest.run import ProgressDisplay, Report

ROOT = Path(__file__).resolve().parent.parent
READERS = Path(__file__).with_name("demo_readers.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    port = _free_port(options.port)
    site = f"http://localhost:{port}"
    _stay_on_this_machine(site)
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


def _stay_on_this_machine(site: str) -> None:
    """Whatever `.env` says of mail servers and databases, the demo uses none of them; what is set here wins."""
    os.environ.update(DJANGO_SETTINGS_MODULE="deploy.settings", SITE_URL=site, DEBUG="1")
    os.environ.update(dict.fromkeys(("DATABASE_URL", "EMAIL_URL", "EMAIL_BACKEND", "CELERY_BROKER_URL"), ""))
    os.environ.setdefault("PREPRINT_POST_HOME", str(ROOT / "var"))
    os.environ.setdefault("POSTAL_ADDRESS", "Preprint Post demo, on your own machine")


def _refuse_other_peoples_readers() -> None:
    """The demo writes to every reader of its database, so it must be one that a demo began."""
    from django.conf import settings

    from subscriptions.selectors import count_subscribers

    mark = Path(settings.HOME) / "demo"
    if not mark.exists() and (count := count_subscribers()):
        raise SystemExit(
            f"{settings.HOME} has {count} readers of its own, and the demo would write to them."
            " Name an empty folder for it: PREPRINT_POST_HOME=/tmp/demo make demo"
        )
    mark.touch()


def _first_letters() -> int:
    """Sets up the database and the readers and runs the day; returns 0 when the books balance."""
    import django  # Django reads its settings when it is imported, so the environment comes first.

    django.setup()
    from django.core.management import call_command

    from digest.management.report_text import format_report

    _say("Setting up the database")
    call_command("migrate", verbosity=0)
    _refuse_other_peoples_readers()
    _say("Bringing in three readers")
    call_command("import_subscribers", str(READERS), stdout=sys.stderr)
    report = _run_newest_day()
    print("\n".join(format_report(report)), flush=True)
    return 0 if report.balanced else 3


def _run_newest_day() -> "Report":
    """Live papers where arXiv answers within ten seconds, else the bundled sample; says which."""
    from digest.domain import SourceUnavailable
    from digest.ingest.source_factory import listing_day, open_source
    from digest.pipeline import run_day

    why = "arXiv cannot be reached from here"
    try:
        for day in _listings_before(listing_day()) if _arxiv_answers() else ():
            _say(f"arXiv answers: running the day {day}")
            report = run_day(day, open_source(["arxiv"]), watch=_watch())
            if report.edition:
                return report
            why = "arXiv lists no papers of the last days"
    except SourceUnavailable as error:
        why = f"arXiv broke off: {error}"
    _say(f"{why}: running the day {listing_day()} with the bundled sample")
    return run_day(listing_day(), open_source(["sample"]), watch=_watch())


def _arxiv_answers() -> bool:
    from django.conf import settings

    from digest.sources.arxiv.api import is_reachable

    return is_reachable(settings.ARXIV_API_URL, timeout=10)


def _watch() -> "ProgressDisplay":
    from digest.management.progress_bars import ProgressBars

    return ProgressBars()


def _listings_before(today: date) -> list[date]:
    """The three newest weekdays before *today*: their papers are surely in arXiv's API, unless a holiday was there."""
    days = (today - timedelta(days=back) for back in range(1, 6))
    return [day for day in days if day.weekday() < 5][:3]


def _serve(site: str, port: int) -> int:
    manager = Manager()
    python = sys.executable
    web = f"{python} -m gunicorn deploy.wsgi --bind 127.0.0.1:{port} --threads 4 --log-level warning"
    # Celery warns root off, rightly on a server. The demo often runs in a container, where root is the only user.
    no_root_warning = '-W "ignore:You\'re running the worker with superuser privileges"'
    worker = (
        f"{python} {no_root_warning} -m celery --quiet -A deploy.celery"
        " worker --pool solo --loglevel warning --without-mingle"
    )
    manager.add_process("web", web)
    manager.add_process("worker", worker)
    manager.add_process("scheduler", f"{python} -m celery --quiet -A deploy.celery beat --loglevel warning")
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
