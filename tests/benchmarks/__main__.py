"""How fast letters are made and sent here: `make bench`. A table, and with BENCH_JSON=FILE the same as one JSON object.

BENCH_READERS (2,000) is how many people get a letter. Everything happens in one run on one machine, each step in a
process of its own, against the configured DATABASE_URL's server (there in a database that is removed afterwards) or a
temporary SQLite file. Sending goes to Postfix's smtp-sink on this machine; where that is missing the figure is null.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import (
    assembling,
    choosing,
    naive,
    planning,
    population,
    postfix,
    provider,
    sending,
    sending_hard,
)
from tests.benchmarks.isolation import alone, set_environment

READERS = 2_000
# The naive way takes some 20 letters a second.
NAIVE = 200
# A provider takes some 100 ms over a call; without them it shows what our own side can do.
API, API_100MS = 2_000, 400
GOAL_OF_ASSEMBLE = 60_000
GOAL_OF_CHOOSE, GOAL_OF_CHOOSE_BY_LIKES = 8_000, 3_000
GOAL_OF_SEND = 0.6

TABLE = (
    "choose",
    "choose_by_likes",
    "choose_plainly",
    "assemble",
    "send",
    "send_hard",
    "naive",
    "smtp_source",
    "api",
    "api_100ms",
    "plan",
)

Figures = dict[str, Any]


def main() -> int:
    readers = int(os.environ.get("BENCH_READERS") or READERS)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        set_environment(Path(folder))
        found = run(readers)
    for line in table(found):
        print(line)
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def run(readers: int) -> Figures:
    made = alone(population.build, readers)
    if made["database"]:
        os.environ["DATABASE_URL"] = made["database"]
    try:
        found = _steps()
    finally:
        alone(population.tear_down)
    kept = {"readers": readers, "papers": made["papers"], "real_day": made["real"], "cores": os.cpu_count()}
    return {**kept, **found, "ratios": ratios(found)}


def _steps() -> Figures:
    """In this order: the naive way sends letters that were planned, and planning comes before sending."""
    chosen = {
        step.__name__: alone(step) for step in (choosing.choose, choosing.choose_by_likes, choosing.choose_plainly)
    }
    assembled = alone(assembling.assemble)
    due, planned = alone(planning.due), alone(planning.plan)
    found = {**chosen, "assemble": assembled, "due": due, "plan": planned}
    plain = posted(lambda port: alone(naive.send, NAIVE))
    sent = posted(lambda port: alone(sending.send))
    letters = max(assembled["letters"], 2_000)
    baseline = posted(lambda port: _source(port, letters, assembled["bytes"]))
    hard = alone(sending_hard.send)
    called = {"api": _called(0.0, API), "api_100ms": _called(0.1, API_100MS)}
    return {**found, "send": sent, "send_hard": hard, "naive": plain, "smtp_source": baseline, **called}


def _called(latency: float, letters: int) -> Figures:
    """Through a provider's API that answers after *latency* seconds."""
    with provider.provider(latency) as address:
        os.environ.update(
            EMAIL_BACKEND="anymail.backends.resend.EmailBackend",
            ANYMAIL_RESEND_API_URL=address,
            ANYMAIL_RESEND_API_KEY="key",
        )
        try:
            return {**alone(sending.api, letters), "latency_s": latency}
        finally:
            os.environ["EMAIL_BACKEND"] = ""


def _source(port: int, letters: int, size: int) -> Figures:
    seconds = postfix.source(port, letters, size)
    return {"letters_per_s": round(letters / seconds, 1), "letters": letters, "seconds": round(seconds, 3)}


def posted(step: Callable[[int], Figures]) -> Figures:
    """*step* with an smtp-sink that it can send to."""
    try:
        with postfix.sink() as port:
            os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
            return step(port)
    except postfix.Missing as missing:
        return {"letters_per_s": None, "reason": str(missing)}
    finally:
        os.environ["EMAIL_URL"] = ""


def ratios(found: Figures) -> dict[str, float | None]:
    pairs = (
        ("choose", "choose_plainly"),
        ("assemble", "naive"),
        ("send", "naive"),
        ("send", "smtp_source"),
        ("send_hard", "send"),
    )
    told = {
        f"{one}/{other}": _ratio(found[one]["letters_per_s"], found[other]["letters_per_s"]) for one, other in pairs
    }
    goals = {
        "assemble": GOAL_OF_ASSEMBLE,
        "choose": GOAL_OF_CHOOSE,
        "choose_by_likes": GOAL_OF_CHOOSE_BY_LIKES,
    }
    return {**told, **{f"{name}/goal": _ratio(found[name]["letters_per_s"], goal) for name, goal in goals.items()}}


def _ratio(one: float | None, other: float | None) -> float | None:
    return round(one / other, 3) if one and other else None


def table(found: Figures) -> list[str]:
    day = "a real day" if found["real_day"] else "the bundled sample, repeated"
    lines = [f"{found['readers']:,} readers, {found['papers']:,} papers ({day}), {found['cores']} cores", ""]
    lines.append(f"{'':12}{'letters/s':>12}{'letters':>10}{'seconds':>10}{'per CPU s':>12}{'peak MB':>9}{'bytes':>9}")
    lines += [_line(name, found[name]) for name in TABLE]
    due, plan, made, chosen = found["due"], found["plan"], found["assemble"], found["choose"]
    lines += [
        "",
        f"choose: {chosen['us_reading']} µs of a core a reader to read, {chosen['us_choosing']} to choose",
        f"assemble: the day in {made['prepare_seconds']:.2f} s, then {made['us_per_reader']} µs of a core a reader",
    ]
    lines[-1] += f" ({made['us_choosing']} choosing, {made['us_assembling']} assembling)"
    lines += [f"due: {due['readers']:,} readers whose hour has come found in {due['seconds']:.3f} s, nobody in"]
    lines[-1] += (
        f" {plan['quiet_seconds']:.3f} s, and nobody by a look at everybody in {plan['everybody_seconds']:.3f} s"
    )
    wanted = {"send/smtp_source": GOAL_OF_SEND}
    for name, ratio in found["ratios"].items():
        goal = f"  (goal {wanted[name]})" if name in wanted else ""
        lines.append(f"{name}: {'-' if ratio is None else ratio}{goal}")
    return lines


def _line(name: str, figures: Figures) -> str:
    if figures["letters_per_s"] is None:
        return f"{name:12}{'-':>12}  {figures['reason']}"
    columns = (("letters_per_s", 12), ("letters", 10), ("seconds", 10), ("letters_per_cpu_s", 12), ("peak_mb", 9))
    cells = [f"{figures[key]:>{width},}" if key in figures else f"{'':{width}}" for key, width in columns]
    return f"{name:12}{''.join(cells)}{figures.get('bytes', ''):>9}"


if __name__ == "__main__":
    sys.exit(main())
