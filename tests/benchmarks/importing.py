"""A hundred thousand subscribers into SQLite: `python -m tests.benchmarks.importing [ROWS]`.

Prints the seconds, the rows a second and the peak of this process's memory, for the first import and for the same file
again, which finds everybody as they are. The file and the database are temporary.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import django

# Seconds for a hundred thousand rows on two cores.
ALLOWED = 120.0


def main(rows: int = 100_000) -> int:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        prepare(Path(folder))
        path = subscribers(Path(folder), rows)
        first, again = measured("first import", path), measured("the same again", path)
    in_time = max(first[0], again[0]) <= ALLOWED * rows / 100_000 + 5
    return 0 if in_time and (first[1:], again[1:]) == ((rows, 0), (0, rows)) else 1


def prepare(folder: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
    os.environ.update(PREPRINT_POST_HOME=str(folder), DATABASE_URL="", DEBUG="", SITE_URL="http://localhost:8000")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def subscribers(folder: Path, rows: int) -> Path:
    """People who differ in all they chose, with a filter that only they have."""
    path = folder / "subscribers.csv"
    categories = ("cs.LG stat.ML", "hep-th", "math.AG math.NT", "q-bio.NC", "astro-ph.GA cs.CV")
    with path.open("w", encoding="utf-8") as file:
        file.write("email,query,categories,language,timezone,hour,papers\n")
        for number in range(rows):
            file.write(
                f"reader{number}@example.org,title:word{number} OR attention || author:name{number % 5000},"
                f"{categories[number % 5]},{('en', 'zh')[number % 2]},Europe/Paris,{number % 24},{number % 30 + 1}\n"
            )
    return path


def measured(name: str, path: Path) -> tuple[float, int, int]:
    """Seconds, and how many were added and how many were there already."""
    from subscriptions.importing.import_file import ImportReport, import_file

    report, began = ImportReport(), time.monotonic()
    import_file(path, report, refused=print, tick=lambda done, total: None)
    seconds = time.monotonic() - began
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name}: {report.rows:,} rows in {seconds:.1f} s, {report.rows / seconds:,.0f} rows/s, {megabytes:.0f} MB"
        f" at most ({report.added:,} added, {report.same:,} the same, {report.refused:,} refused)"
    )
    return seconds, report.added, report.same


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
