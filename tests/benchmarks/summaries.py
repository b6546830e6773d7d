"""A thousand papers against a slow model: `python -m tests.benchmarks.summaries [PAPERS] [CONCURRENCY]`.

Prints the time, the calls and the peak of this process's memory, then the same for a second run, which asks for
nothing. The model takes two seconds for an answer and is a process of its own; the database is a temporary file.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

SECONDS_PER_ANSWER = 2
# Seconds for a thousand papers, 32 at a time; 62.5 are the answers alone.
ALLOWED = 90.0


def main(papers: int = 1000, concurrency: int = 32) -> int:
    command = [sys.executable, "-m", "tests.faults.model_server", str(SECONDS_PER_ANSWER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        prepare(service.stdout.readline().strip(), concurrency)
        made = an_edition(papers)
        first = measured("first run", made, papers)
        second = measured("second run", made, papers)
        told, _ = service.communicate()
    print(f"requests that reached the model: {told.strip()}")
    in_time = first["seconds"] <= ALLOWED * papers * 32 / 1000 / concurrency + 5
    return 0 if in_time and first["calls"] == papers and second["calls"] == 0 else 1


def prepare(address: str, concurrency: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
    os.environ.update(
        PREPRINT_POST_HOME=tempfile.mkdtemp(prefix="benchmark-"),
        DATABASE_URL="",
        OPENAI_BASE_URL=address,
        OPENAI_FALLBACK_MODEL="",
        LLM_CONCURRENCY=str(concurrency),
        LLM_DAILY_BUDGET="100",
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def an_edition(papers: int) -> Any:
    from tests.summaries.papers import edition

    return edition(papers)


def measured(name: str, made: Any, papers: int) -> dict[str, Any]:
    from digest.summaries.write import write_summaries

    before, began = peak(), time.monotonic()
    counts = write_summaries(made, {"en": range(papers)})
    seconds = time.monotonic() - began
    use = counts.use
    print(
        f"{name}: {seconds:.1f} s, {use.calls} calls, {use.cache_hits} from the cache, {use.tokens} tokens,"
        f" ${use.cost:.4f}; {counts.model} by the model, {counts.extractive} from the abstract, {counts.cached} there"
        f" already; peak memory {peak():.0f} MB ({before:.0f} MB before)",
        flush=True,
    )
    return {"seconds": seconds, "calls": use.calls}


def peak() -> float:
    """MB, since the process began (VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
