"""Past days and readers for the tests of research: five subjects, each with papers and authors of its own."""

from datetime import date, timedelta
from typing import Any

FIRST_DAY = date(2026, 1, 5)
SUBJECTS = (
    ("Conformal prediction with coverage guarantees", "cs.LG"),
    ("Quantum error correction by surface codes", "quant-ph"),
    ("Extremal graph theory of hypergraph colorings", "math.CO"),
    ("Galaxy clusters and gravitational lensing", "astro-ph.CO"),
    ("Protein folding with molecular dynamics", "q-bio.BM"),
)
PEOPLE = ("Ada Lovelace", "Grace Hopper", "Emmy Noether", "Vera Rubin", "Rosalind Franklin")


def paper_lines(days: int = 8) -> list[dict[str, Any]]:
    """Each day has two papers of each subject, one of them by the subject's own author."""
    return [
        {
            "id": f"2601.{100 * day + 2 * number + copy:05}",
            "announced": str(FIRST_DAY + timedelta(days=day)),
            "title": title if copy else f"{title} again",
            "abstract": f"We study {title.lower()}, for time number {day}.",
            "authors": [PEOPLE[number]] if copy else [f"Person {day}x{number} Name"],
            "categories": [category],
        }
        for day in range(days)
        for number, (title, category) in enumerate(SUBJECTS)
        for copy in range(2)
    ]


def reader_lines() -> list[dict[str, Any]]:
    """A reader of each subject, who chose nothing, one without a profile, and one of a single paper."""
    profiles = [
        [
            {"id": f"2512.{10 * number + copy:05}", "title": title, "abstract": title, "categories": [category]}
            for copy in range(3)
        ]
        for number, (title, category) in enumerate(SUBJECTS)
    ]
    readers = [
        {"user": category, "profile": profile} for (_, category), profile in zip(SUBJECTS, profiles, strict=True)
    ]
    return [*readers, {"user": "nobody", "profile": []}, {"user": "single", "profile": profiles[0][:1]}]
