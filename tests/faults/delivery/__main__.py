"""What becomes of the letters under every fault: `python -m tests.faults.delivery`. Prints a table.

It ends with 1 if the books of any row do not balance, a letter is lost, or one is doubled that is not marked uncertain.
The database is made anew, on the server of DATABASE_URL or as a file of SQLite, and removed at the end.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict

import django

from tests import environment

assert environment  # its import has set what the tests want
os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
os.environ["LOG_LEVEL"] = "CRITICAL"


def main() -> int:
    options = _options()
    django.setup()
    from tests.faults.delivery import table

    outcomes = table.run(
        options.readers, options.kills, options.fault, print if not options.json else lambda line: None
    )
    if options.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.delivery", description=__doc__)
    parser.add_argument("--readers", type=int, default=5_000, help="who get a letter while workers are killed (5,000)")
    parser.add_argument("--kills", type=int, default=200, help="how many workers are killed meanwhile (200)")
    parser.add_argument("--fault", default="", help="only faults whose name has this in it")
    parser.add_argument("--json", action="store_true", help="print one JSON array instead of the table")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
