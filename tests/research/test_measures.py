"""The measures by which rankings are judged."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from digest.research.measures import measure_rankings, ndcg, recall, reciprocal_rank
from tests.research.past_days import write_lines

RANKED = ["a", "b", "c", "d"]


def test_positives_in_the_first_places_score_one() -> None:
    assert ndcg(RANKED, {"a", "b"}, 10) == 1
    assert ndcg(RANKED, set("abcdefghijk"), 4) == 1
    assert ndcg(RANKED, {"z"}, 10) == 0


def test_a_place_counts_by_its_logarithm() -> None:
    """Worked out by hand: 1/log2(3) + 1/log2(5), of at best 1 + 1/log2(3)."""
    assert ndcg(RANKED, {"b", "d"}, 10) == pytest.approx((0.63093 + 0.43068) / 1.63093, abs=1e-5)
    assert ndcg(RANKED, {"b", "d"}, 2) == pytest.approx(0.63093 / 1.63093, abs=1e-5)


def test_the_first_positive_gives_the_reciprocal_rank() -> None:
    assert reciprocal_rank(RANKED, {"d", "c"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKED, {"z"}) == reciprocal_rank([], {"a"}) == 0


def test_recall_is_the_share_found_among_the_first() -> None:
    assert recall(RANKED, ["a", "d", "z"], 3) == pytest.approx(1 / 3)
    assert recall(RANKED, ["a", "d"], 10) == 1


def test_nothing_is_said_of_days_without_positives() -> None:
    with pytest.raises(ZeroDivisionError):
        ndcg(RANKED, set(), 10)


def test_rankings_of_many_readers_are_measured_as_one() -> None:
    """Figures of the scorer of predictions for the same two readers."""
    rankings = [([f"p{n}" for n in range(120)], {"p1", "p30", "p110", "absent"}), (RANKED, {"a"}), (RANKED, set())]
    found = measure_rankings(rankings)
    assert found is not None
    assert found.ndcg_at_10 == pytest.approx((0.6309 / 2.5616 + 1) / 2, abs=1e-4)
    assert found.mrr == pytest.approx((1 / 2 + 1) / 2)
    assert (found.in_top_10, found.in_top_100, found.reader_days) == (2 / 5, 3 / 5, 2)
    assert measure_rankings([(RANKED, set())]) is None


@pytest.mark.data
def test_figures_are_those_of_the_scorer(shared_data: Path, tmp_path: Path) -> None:
    """Two readers with two days each, rankings by lot; the scorer's file is run as it is."""
    lot = Random(7)
    days = {day: [f"{day}x{number}" for number in range(150)] for day in ("2026-02-02", "2026-02-03")}
    papers = write_lines(
        tmp_path / "papers.jsonl", [{"id": each, "announced": day} for day, ids in days.items() for each in ids]
    )
    liked = {user: [each for ids in days.values() for each in lot.sample(ids, 4)] for user in ("ada", "bao")}
    users = write_lines(tmp_path / "users.jsonl", [{"user": user, "positives": ids} for user, ids in liked.items()])
    ranked = {(user, day): lot.sample(ids, 120) for user in liked for day, ids in days.items()}
    lines = [{"user": user, "day": day, "ranked": ids} for (user, day), ids in ranked.items()]
    predicted = write_lines(tmp_path / "predicted.jsonl", lines)
    scorer = shared_data.parent / "tools" / "score.py"
    scored = json.loads(
        subprocess.run(
            [sys.executable, scorer, "personal", predicted, users, papers], capture_output=True, check=True, timeout=60
        ).stdout
    )
    found = measure_rankings((ids, set(liked[user]) & set(days[day])) for (user, day), ids in ranked.items())
    assert found is not None
    assert scored == {
        "ndcg@10": round(found.ndcg_at_10, 4),
        "in_top_10": round(found.in_top_10, 4),
        "in_top_100": round(found.in_top_100, 4),
        "mrr": round(found.mrr, 4),
        "reader_days": found.reader_days,
    }
