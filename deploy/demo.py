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

from deploy.command_line import PRODUCT
from deploy.known_errors import end_with_sentence

if TYPE_CHECKING:  # these read the settings, which the demo makes first
    from digest.run import ProgressDisplay, Report

ROOT = Path(__file__).resolve().parent.parent
READERS = Path(__file__).with_name("demo_readers.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse_options(arguments)
    port = _find_free_port(options.port)
    site = f"http://localhost:{port}"
    _set_environment(site)
    code = _send_first_letters()
    if options.once:
        from django.conf import settings

        _say(f"The letters are files in {settings.MAILBOX}. Without ONCE=1 they are shown at {site}/mailbox/.")
        return code
    return _serve(site, port)


def _parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--version", action="version", version=PRODUCT)
    parser.add_argument("--once", action="store_true", help="print the day's report and exit")
    parser.add_argument("--port", type=int, default=8000, help="the first port to try (default 8000)")
    return parser.parse_args(arguments)


def _set_environment(site: str) -> None:
    """Set the environment so that the demo uses no mail server or database of `.env`: what is set here wins."""
    os.environ.update(DJANGO_SETTINGS_MODULE="deploy.settings", SITE_URL=site, DEBUG="1")
    os.environ.update(dict.fromkeys(("DATABASE_URL", "EMAIL_URL", "EMAIL_BACKEND", "CELERY_BROKER_URL"), ""))
    os.environ.setdefault("PREPRINT_POST_HOME", str(ROOT / "var"))
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("OPERATOR_NAME", "Preprint Post demo")
    os.environ.setdefault("POSTAL_ADDRESS", "On your own machine")


def _refuse_other_peoples_readers() -> None:
    """Refuse a database that no demo began: the demo writes to every reader in it. Raises SystemExit."""
    from django.conf import settings

    from subscriptions.selectors import count_subscribers

    mark = Path(settings.HOME) / "demo"
    if not mark.exists() and (count := count_subscribers()):
        raise SystemExit(
            f"{settings.HOME} has {count} readers of its own, and the demo would write to them."
            " Name an empty folder for it: PREPRINT_POST_HOME=/tmp/demo make demo"
        )
    mark.touch()


def _send_first_letters() -> int:
    """Set up the database and the readers and run the day. Return 0 when the books balance."""
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
    """Run the day with papers of arXiv where it answers within ten seconds, else with the bundled sample. Say which."""
    from django.conf import settings

    from digest.domain import SourceUnavailable
    from digest.ingest.source_factory import listing_day, open_source
    from digest.pipeline import run_day
    from digest.sources.arxiv.api import is_reachable

    reason = "arXiv cannot be reached from here"
    try:
        arxiv_answers = is_reachable(settings.ARXIV_API_URL, timeout=10)
        for day in _listings_before(listing_day()) if arxiv_answers else ():
            _say(f"arXiv answers: running the day {day}")
            report = run_day(day, open_source(["arxiv"]), watch=_create_progress_bars())
            if report.edition:
                return report
            reason = "arXiv lists no papers of the last days"
    except SourceUnavailable as error:
        reason = f"arXiv broke off: {error}"
    _say(f"{reason}: running the day {listing_day()} with the bundled sample")
    return run_day(listing_day(), open_source(["sample"]), watch=_create_progress_bars())


def _create_progress_bars() -> "ProgressDisplay":
    from digest.management.progress_bars import ProgressBars

    return ProgressBars()


def _listings_before(today: date) -> list[date]:
    """Return the three newest weekdays before *today*. Their papers are in arXiv's API, except for holidays."""
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
    """Print the links as soon as the site answers."""
    for _attempt in range(300):
        try:
            urllib.request.urlopen(f"{site}/today/", timeout=5).close()  # noqa: S310 (our own address)
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    links = (("Sign up", "/"), ("Today's edition", "/today/"), ("The mailbox", "/mailbox/"))
    _say("\n" + "\n".join(f"  {name:<16} {site}{path}" for name, path in links) + "\n\nStop with Ctrl-C.\n")


def _find_free_port(first: int) -> int:
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"No free port between {first} and {first + 99}. Name another: python -m deploy.demo --port 9000")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        with end_with_sentence():
            sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
